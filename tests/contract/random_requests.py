"""Requests that schemathesis makes from a contract, sent to the service that gave it.

``python -m pytest tests/contract/test_random_requests.py`` sends few of them, always the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from time import time
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit
from uuid import UUID

import requests
import schemathesis
from requests.auth import AuthBase
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext

from deploy.local.tokens import mint_operator_token
from services.intake.media.serving.signing import Link, LinkSigner, LinkSize
from tests.contract.operations import CREDENTIALS, SECRETS, Asked, bearing, operations

HOLDER = "31.74.01.1001"
"""The unit that holds the cases which are acted upon."""
_WELL_FORMED = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{1,18}")
_VERSION = re.compile(r'(W/)?"[0-9]{1,18}"')


class Proof(AuthBase):
    """Signs a request as it goes out, whatever it became: some proofs are over its bytes."""

    def __init__(self, operation: Asked) -> None:
        self._operation = operation

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        assert isinstance(content, bytes)
        request.headers.update(_proof_of(self._operation, content))
        if self._operation.scheme == "kannel_secret":
            sent = urlsplit(request.url or "")
            query = "&".join(
                part for part in sent.query.split("&") if part and not part.startswith("secret=")
            )
            secret = f"secret={SECRETS['sms']['kannel_secret']}"
            request.url = sent._replace(query=f"{query}&{secret}".strip("&")).geturl()
        if self._operation.path.startswith("/v1/media/"):
            request.url = _signed(urlsplit(request.url or ""))
        return request


def _signed(sent: SplitResult) -> str:
    """A link of media that is still in force and signed, if it could be one; else as it was."""
    said = dict(parse_qsl(sent.query))
    *_, ref, size = sent.path.split("/")
    try:
        until = max(int(said["until"]), int(time()) + 60)
        link = Link(UUID(ref), LinkSize(size), until, said["viewer"])
    except (KeyError, ValueError):
        return sent.geturl()
    known = LinkSigner(bytes.fromhex(CREDENTIALS.media_link_key), "")
    return sent._replace(query=urlsplit(known.address(link)).query).geturl()


def _proof_of(operation: Asked, content: bytes) -> Mapping[str, str]:
    if operation.path == "/v1/inbox/changes":
        # In force by the leeway alone, so that the stream ends when it has begun.
        return bearing(mint_operator_token(CREDENTIALS, "unit_officer", HOLDER, seconds=-5))
    if operation.path.startswith(("/v1/inbox", "/v1/cases/")):
        # Whoever holds cases, so that some acts succeed.
        return bearing(mint_operator_token(CREDENTIALS, "unit_officer", HOLDER))
    return operation.proof(content)


class Likely:
    """Puts ids of what there is in the place of ids that are well-formed, and the present version
    of a case in the place of some others: random ones would be answered 404 and 412 alone."""

    def __init__(self, base: str, there: Mapping[str, Sequence[str]]) -> None:
        """``there``: ids by the names of the parameters of paths."""
        self._base = base
        self._ids = {name: cycle(ids) for name, ids in there.items()}
        self._turns = count()

    def __call__(self, case: Case[Any]) -> None:
        path: Any = case.path_parameters or {}
        headers: Any = case.headers or {}
        for name, ids in self._ids.items():
            if _WELL_FORMED.fullmatch(str(path.get(name, ""))):
                path[name] = next(ids)
        if _VERSION.fullmatch(str(headers.get("If-Match", ""))) and next(self._turns) % 2:
            headers["If-Match"] = self._version(str(path["complaint_id"]))

    def _version(self, complaint_id: str) -> str:
        officer = bearing(mint_operator_token(CREDENTIALS, "unit_officer", HOLDER))
        read = requests.get(
            f"{self._base}/v1/cases/{quote(complaint_id, safe='')}", headers=officer, timeout=10
        )
        return read.headers.get("etag", '"1"')


@schemathesis.serializer("message/rfc822")
def _mail(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. failures: one sentence each, with the request that shows it."""

    requests: int
    statuses: Mapping[str, int]
    failures: list[str]


def sent_to(
    base: str, service: str, settings: Mapping[str, Any], there: Mapping[str, Sequence[str]]
) -> Run:
    """Asks the service at ``base`` by its own contract. ``settings``: of schemathesis. ``there``:
    as `Likely` has it."""
    likely = Likely(base, there)
    known = {(each.method, each.path): each for each in operations() if each.service == service}

    def prove(_: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        asked = known.get((case.operation.method.upper(), case.operation.path))
        if asked is not None:
            likely(case)
            kwargs["auth"] = Proof(asked)

    document = requests.get(f"{base}/openapi.json", timeout=10).json()
    schema = schemathesis.openapi.from_dict(
        _without_links_elsewhere(document),
        config=SchemathesisConfig.from_dict({**settings, "base-url": base}),
    )
    schemathesis.hook("before_call")(prove)
    try:
        return _gathered(from_schema(schema).execute())
    finally:
        hooks.unregister(prove)


def _without_links_elsewhere(document: Any) -> Any:
    """A receipt leads to another service's document, which schemathesis does not read."""
    for methods in document["paths"].values():
        for said in methods.values():
            for answer in said["responses"].values():
                answer.get("links", {}).pop("track_complaint", None)
    return document


def _gathered(events: Any) -> Run:
    statuses: dict[str, int] = {}
    failures: dict[str, str] = {}
    for event in events:
        if isinstance(event, NonFatalError):
            failures[str(event.label)] = f"{event.label}: {event.value!r}"
        if not isinstance(event, ScenarioFinished):
            continue
        for interaction in event.recorder.interactions.values():
            status = str(interaction.response.status_code) if interaction.response else "none"
            statuses[status] = statuses.get(status, 0) + 1
        failures.update(_failures_of(event))
    return Run(sum(statuses.values()), statuses, sorted(failures.values()))


def _failures_of(event: ScenarioFinished) -> Iterator[tuple[str, str]]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                yield (
                    f"{event.label} {check.name} {failure.title}",
                    f"{event.label} [{check.name}] {failure.title}: {failure.message}\n"
                    f"{check.failure_info.code_sample}",
                )
