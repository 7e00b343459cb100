"""A door: one wire format at one path, with all that the HTTP side and the contract need of it.

Doors are values. They say how a caller proves itself and what it sends, but only the adapter
checks and reads; a signature is over bytes, so the framework may not parse the body first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from services.intake.channels.adapter import Adapter, ChallengedAdapter, OfficerAdapter

JSON = "application/json"
MULTIPART = "multipart/form-data"
BYTES = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
MAIL = "message/rfc822"

Answer: TypeAlias = Literal["receipt", "receipts", "empty_object", "empty_text", "page"]
"""What the caller reads.

============  ==================================================================
receipt       JSON with number and code of the one complaint
receipts      the same for each message of the body, in their order
empty_object  ``{}``: the platform has no use for more
empty_text    nothing at all: an SMS gateway would send a body on to the citizen
page          number and code as a page for people
============  ==================================================================
"""


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """Where the proof of the caller stands, as OpenAPI names it.

    name: of header or parameter. signs_the_body: the proof cannot be checked before the body is
    read.
    """

    scheme: str
    place: Literal["header", "query"]
    name: str
    description: str
    signs_the_body: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The request body in the contract: its media type and its JSON Schema.

    example: None where the names of its fields tell one (``shared/http/examples.py``).
    """

    media: str
    schema: dict[str, Any]
    example: Any = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a door's query, or one header. schema: JSON Schema."""

    name: str
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class FileParts:
    """How files come with a message, in ``multipart/form-data``. name: of each part that is one.
    message: of the part that holds the body as it is sent alone; None where each of its fields is
    a part, as browsers send a form."""

    name: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a platform checks a webhook's address by GET: what it sends, and the media type of what
    it reads back."""

    query: tuple[Parameter, ...]
    media: str
    example: Any


@dataclass(frozen=True, slots=True)
class Door:
    """One wire format at one path.

    method: of the messages. security: None where a form brings a token of its own. body: None
    where the message stands in the query. headers: what is read there besides. challenged: the
    same adapter where the platform checks the path by GET, else None; challenge: how it checks it.
    keyed: whether the caller may send an Idempotency-Key. caller_corrects: whether somebody reads a
    refusal and sends the message again, corrected. Where nobody does, the message would be lost, so
    nothing is refused for what it holds. body_limit: "mail" where the body may be as large as a
    mail may be. files: None where none may come along. uploads: whether files may be handed over
    before the message, at the path below this one. encloses: the body is a mail, which may hold
    files itself.
    """

    path: str
    adapter: Adapter
    answer: Answer
    security: SecurityScheme | None
    body: Body | None
    method: Literal["GET", "POST"] = "POST"
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    challenged: ChallengedAdapter | None = None
    challenge: Challenge | None = None
    keyed: bool = False
    caller_corrects: bool = True
    body_limit: Literal["usual", "mail"] = "usual"
    files: FileParts | None = None
    uploads: bool = False
    encloses: bool = False

    @property
    def tells_the_code(self) -> bool:
        """Whether the caller reads the tracking code."""
        return self.answer in ("receipt", "receipts", "page")


@dataclass(frozen=True, slots=True)
class DeskDoor:
    """One desk's path; the route checks the officer's token and passes the unit on."""

    path: str
    adapter: OfficerAdapter
    body: Body
    files: FileParts


def webhook(
    path: str,
    adapter: ChallengedAdapter,
    security: SecurityScheme,
    challenge: Challenge,
    example: Mapping[str, Any],
) -> Door:
    """The door of a platform that checks the path by GET before it posts to it."""
    return Door(
        path,
        adapter,
        "empty_object",
        security,
        platforms_own(example),
        challenged=adapter,
        challenge=challenge,
        caller_corrects=False,
    )


def body_of(model: type[BaseModel], media: str = JSON) -> Body:
    """A body that is described field by field."""
    return Body(media, _inline(model.model_json_schema()))


def platforms_own(example: Mapping[str, Any], media: str = JSON) -> Body:
    """A body that the platform's own contract describes better than we could."""
    return Body(media, {"type": "object", "additionalProperties": True}, example)


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without ``$defs``: its references would point outside of an OpenAPI document."""
    definitions = schema.pop("$defs", {})
    found: dict[str, Any] = _resolve(schema, definitions)
    return found


def _resolve(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolve(element, definitions) for element in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return {key: _resolve(value, definitions) for key, value in node.items()}
