"""A case's file: the signature under it, and whether a file is what routing handed out. Pure.

A signed file is ``{"file": {...}, "signature": "<protected>..<signature>"}``: a JWS (RFC 7515) with
detached content (appendix F) by Ed25519 (RFC 8037). What is signed is the file in its canonical
form (RFC 8785), so spaces and the order of members mean nothing.
"""

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.canonical_json import canonical
from shared.case_chain import content_digest, link, words_digest

PRINTED_DIGITS = 12
"""Hex digits of a step's hash that stand for it on paper: by chance two of a case never begin
alike."""

FORMAT: Final = "crm-case-file/1"
_TYPE = "crm-case-file"
_PURPOSE = b"crm case file"
_SAME_AS_LAST_STEP = ("version", "state", "unit_id")

Jwk = Mapping[str, str]


class NotACaseFile(ValueError):
    """What was given has not the form of a signed case file; says what is missing."""


class CaseFileKey:
    """Signs case files. Of a key of its own, so that a signature under a file never passes for a
    token of the service, nor the reverse."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def of_service(cls, service_key: str) -> "CaseFileKey":
        """The one that belongs to a service's key (base64 of the raw Ed25519 key)."""
        derived = HKDF(SHA256(), 32, None, _PURPOSE).derive(b64decode(service_key, validate=True))
        return cls(Ed25519PrivateKey.from_private_bytes(derived))

    @property
    def jwk(self) -> Jwk:
        return jwk_of(self._private.public_key().public_bytes_raw())

    def sign(self, document: Any) -> str:
        """The signature under a JSON value."""
        protected = _encode(canonical({"alg": "EdDSA", "kid": self.jwk["kid"], "typ": _TYPE}))
        signature = self._private.sign(_signed_bytes(protected, document))
        return f"{protected}..{_encode(signature)}"


def jwk_of(raw: bytes) -> Jwk:
    """A raw Ed25519 public key as a JSON Web Key; ``kid`` is its thumbprint (RFC 7638)."""
    named = {"crv": "Ed25519", "kty": "OKP", "x": _encode(raw)}
    return {
        **named,
        "alg": "EdDSA",
        "use": "sig",
        "kid": _encode(sha256(canonical(named)).digest()),
    }


def jwk_of_base64(key: str) -> Jwk:
    """The same of base64, as settings give keys."""
    return jwk_of(b64decode(key))


def read_json(text: str | bytes) -> Any:
    """JSON without doubled names: two readers would take different ones. Raises ValueError."""
    return json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)


def faults(signed: Any, keys: Sequence[Jwk]) -> list[str]:
    """What is wrong with a signed file, the first wrong step first; empty where it is as it was
    handed out. Raises NotACaseFile, ValueError for what is no I-JSON."""
    file, steps = _parts(signed)
    of_chain = next(_broken_steps(file["case"].get("complaint_id"), steps), None)
    found = (of_chain, _other_standing(file["case"], steps), _signature_fault(signed, keys))
    return [fault for fault in found if fault is not None]


def _parts(signed: Any) -> tuple[Mapping[str, Any], Sequence[Any]]:
    if not isinstance(signed, dict) or not isinstance(signed.get("file"), dict):
        raise NotACaseFile("it has no member 'file'")
    file = signed["file"]
    if file.get("format") != FORMAT:
        raise NotACaseFile(f"its format is not {FORMAT}")
    if not isinstance(file.get("case"), dict) or not isinstance(file.get("steps"), list):
        raise NotACaseFile("it has no case, or no list of steps")
    return file, file["steps"]


def _broken_steps(complaint_id: Any, steps: Sequence[Any]) -> Iterator[str]:
    """Sentences, one for each step that does not fit to the one before."""
    previous: Any = None
    for place, step in enumerate(steps, 1):
        said = step if isinstance(step, dict) else {}
        wrong = _step_fault(place, {**said, "complaint_id": complaint_id}, previous)
        if wrong is not None:
            yield f"Step {place} ({said.get('event', 'no event')}): {wrong}"
        previous = said.get("hash")


def _step_fault(place: int, step: Mapping[str, Any], previous: Any) -> str | None:
    if step.get("version") != place:
        return "a step is missing before it, or it was moved or doubled."
    try:
        if _other_words(step):
            return "its words or evidence are not those that were chained."
        expected = link(previous, content_digest(step), step["actor"], step["words_digest"])
    except (KeyError, TypeError, ValueError):
        return "a part of it is missing, or is not of its kind."
    return None if step.get("hash") == expected else "what it says is not what was chained."


def _other_words(step: Mapping[str, Any]) -> bool:
    """Words that are there are compared; those that were erased left their digest."""
    words, evidence, salt = step["words"], step["evidence"], step["words_salt"]
    if words is evidence is salt is None:
        return False
    raw = bytes.fromhex(salt)
    found = words_digest(raw, words, evidence)
    return (raw.hex(), found) != (salt, step["words_digest"])


def _other_standing(case: Mapping[str, Any], steps: Sequence[Any]) -> str | None:
    last = steps[-1] if steps and isinstance(steps[-1], dict) else {}
    wrong = [name for name in _SAME_AS_LAST_STEP if case.get(name) != last.get(name)]
    if not wrong:
        return None
    return f"The case ({', '.join(wrong)}) is not as the last step has left it: steps are missing."


def _signature_fault(signed: Mapping[str, Any], keys: Sequence[Jwk]) -> str | None:
    if signed.keys() != {"file", "signature"}:
        return "Beside the file and its signature stands what nobody has signed."
    try:
        protected, middle, signature = str(signed["signature"]).split(".")
        header = read_json(_decode(protected))
        if middle or (header["alg"], header["typ"]) != ("EdDSA", _TYPE):
            return "The signature is not one of a case file."
        raw = _decode(signature)
        known = [_decode(key["x"]) for key in keys if key.get("kid") == header["kid"]]
    except (KeyError, TypeError, ValueError):
        return "The signature cannot be read."
    if not known:
        return "It is signed with another key than those that were given."
    try:
        Ed25519PublicKey.from_public_bytes(known[0]).verify(
            raw, _signed_bytes(protected, signed["file"])
        )
    except InvalidSignature:
        return "The signature does not fit: the file is not as it was handed out."
    return None


def _signed_bytes(protected: str, document: Any) -> bytes:
    """RFC 7515, 5.1, step 8."""
    return f"{protected}.{_encode(canonical(document))}".encode()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Raises ValueError also for a second spelling of the same bytes."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(raw) != text:
        raise ValueError("not base64url as it is written")
    return raw


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
