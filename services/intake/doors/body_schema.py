"""Request bodies in the OpenAPI document of doors that read the raw body themselves.

A signature is over bytes, so the doors do not let the framework parse; the contract says all the
same what they expect.
"""

from typing import Any

from pydantic import BaseModel

from services.intake.channels.adapter import Adapter
from services.intake.channels.balai_warga.adapter import (
    BalaiWargaAdapter,
    BalaiWargaEntry,
    BalaiWargaForm,
    BalaiWargaFormAdapter,
)
from services.intake.channels.desk.adapter import DeskAdapter, DeskEntry
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.jaki.adapter import JakiAdapter, JakiReport
from services.intake.channels.lapor.adapter import LaporAdapter, LaporTicket
from services.intake.channels.qlue.adapter import QlueAdapter, QluePosts
from services.intake.channels.sms.gateways import KannelAdapter, TwilioAdapter

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_MODELS: dict[type[Any], tuple[str, type[BaseModel]]] = {
    JakiAdapter: (JSON, JakiReport),
    QlueAdapter: (JSON, QluePosts),
    LaporAdapter: (JSON, LaporTicket),
    BalaiWargaAdapter: (JSON, BalaiWargaEntry),
    BalaiWargaFormAdapter: (FORM, BalaiWargaForm),
    DeskAdapter: (JSON, DeskEntry),
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Made by the caller. Same key and body: same answer; other body: 422;"
    " while the first is being served: 409.",
}
_KANNEL_QUERY = ("secret", "from", "text", "id", "to", "t", "charset")


def operation(adapter: Adapter | DeskAdapter, keyed: bool) -> dict[str, Any]:
    """The part of an OpenAPI operation that says what to send."""
    if isinstance(adapter, KannelAdapter):
        return {"parameters": [_query(name) for name in _KANNEL_QUERY]}
    described: dict[str, Any] = {"requestBody": {"required": True, "content": _content(adapter)}}
    if keyed:
        described["parameters"] = [_IDEMPOTENCY_KEY]
    return described


def _query(name: str) -> dict[str, Any]:
    required = name in ("secret", "from", "id")
    return {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}


def _content(adapter: Adapter | DeskAdapter) -> dict[str, Any]:
    known = _MODELS.get(type(adapter))
    if known is not None:
        media, model = known
        return {media: {"schema": _inline(model.model_json_schema())}}
    if isinstance(adapter, MailAdapter):
        return {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}}
    # The platforms' own contracts describe these better than we could.
    media = FORM if isinstance(adapter, TwilioAdapter) else JSON
    return {media: {"schema": {"type": "object", "additionalProperties": True}}}


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
