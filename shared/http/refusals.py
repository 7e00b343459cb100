"""What an operation may refuse, and how its contract says so.

Most of it is known from what the operation uses: an ``Identity`` refuses strangers, ``if_match`` a
version that is over, a body that is too large is refused by whoever takes one. What the endpoint
alone knows stands beside it:

    @router.post("/evaluations/{complaint_id}/waive")
    @refuses(Conflict)
    async def waive_evaluation(...)
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from fastapi.dependencies.models import Dependant

from shared.errors import DomainError
from shared.http.problem import PROBLEM_BASE, PROBLEM_JSON, Problem

Json: TypeAlias = dict[str, Any]
Refusal: TypeAlias = type[DomainError]
E = TypeVar("E", bound=Callable[..., Any])


_SPELT = {"www-authenticate": "WWW-Authenticate"}
"""Names of header fields that are not spelt word by word."""


def refuses(*refusals: Refusal) -> Callable[[E], E]:
    """Marks an endpoint, or a dependency, with what it raises besides what its use of others tells.

    Whatever has an attribute ``refuses`` says the same: identities have one of their class.
    """

    def mark(endpoint: E) -> E:
        endpoint.__dict__["refuses"] = refusals
        return endpoint

    return mark


def calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """The endpoint and all that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for inner in dependant.dependencies:
        yield from calls_of(inner)


def refused_by(calls: Iterable[Callable[..., Any]]) -> set[Refusal]:
    """What these callables are marked with."""
    return {refusal for call in calls for refusal in getattr(call, "refuses", ())}


def by_status(refusals: Collection[Refusal]) -> Mapping[int, tuple[Refusal, ...]]:
    """One answer may stand for several problems."""
    found: dict[int, list[Refusal]] = defaultdict(list)
    for refusal in sorted(refusals, key=lambda each: (each.status, each.__name__)):
        found[refusal.status].append(refusal)
    return {status: tuple(same) for status, same in found.items()}


def name_of(refusals: Iterable[Refusal]) -> str:
    """``UnsupportedCodingOrUnsupportedMedia``: of the answer, in the contract's components."""
    return "Or".join(refusal.__name__ for refusal in refusals)


def response_of(refusals: tuple[Refusal, ...]) -> Json:
    """The answer with any of ``refusals``, which have one status, as OpenAPI describes it."""
    headers = sorted({_SPELT.get(name, name.title()) for each in refusals for name in each.headers})
    schema = {"$ref": f"#/components/schemas/{name_of(refusals)}Problem"}
    return {
        "description": "; ".join(dict.fromkeys(each.title for each in refusals)),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {PROBLEM_JSON: {"schema": schema}},
    }


def schema_of(refusals: tuple[Refusal, ...]) -> Json:
    """The schema of that answer's body: ``type`` is one of the problems' own (RFC 9457, 3.1.1)."""
    types = [f"{PROBLEM_BASE}{each.slug}" for each in refusals]
    schema = Problem.model_json_schema()
    schema["title"] = f"{name_of(refusals)}Problem"
    schema["properties"]["type"] |= {"const": types[0]} if len(types) == 1 else {"enum": types}
    for name in ("field", "code", "detail_id"):
        del schema["properties"][name]["default"]
    schema["properties"]["status"] |= {"const": refusals[0].status}
    return schema
