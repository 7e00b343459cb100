"""`crm case verify`: whether a case's file is as routing handed it out. It asks no service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from shared.case_file import PRINTED_DIGITS, CaseFileKey, NotACaseFile, faults, read_json
from shared.errors import Transient
from shared.outbound import OutboundClient

VALID, BROKEN, UNREADABLE = 0, 1, 2


class NoKeys(Exception):
    """The keys cannot be had; says why, and what to do."""


async def verify(file: Path, keys: str | None, home: Path, head: str | None = None) -> int:
    """Prints what is wrong, the first wrong step first; returns the exit code.

    keys: file or address of a key set (`GET /v1/case-file-keys`); None: those of the stack in
    ``home``. head: hash of a step as a printed case file bears it, or its beginning.
    """
    try:
        signed = read_json(file.read_bytes())  # noqa: ASYNC240 (nothing else is going on)
        found = faults(signed, await _key_set(keys, home))
    except NotACaseFile as error:
        return _say(UNREADABLE, f"{file} is no case file: {error}")
    except OSError as error:
        return _say(UNREADABLE, f"{file} cannot be read: {error.strerror}")
    except (ValueError, RecursionError):
        return _say(UNREADABLE, f"{file} is no JSON that all readers read alike (RFC 7493)")
    except NoKeys as error:
        return _say(UNREADABLE, str(error))
    if found:
        return _say(BROKEN, *found)
    return _printed(signed["file"], head) if head else _say(VALID, _summary(signed["file"]))


def _printed(file: Any, head: str) -> int:
    """Whether the printed hash is one of a valid file's steps. Of a chain that holds, the steps up
    to that one are those of the paper."""
    wanted = "".join(head.split()).lower()
    if len(wanted) < PRINTED_DIGITS:
        return _say(UNREADABLE, f"give at least {PRINTED_DIGITS} digits of the printed hash")
    number = next((s["version"] for s in file["steps"] if s["hash"].startswith(wanted)), None)
    if number is None:
        return _say(BROKEN, "No step of the file has the printed hash: the paper is of another.")
    return _say(VALID, _summary(file), f"The paper is of step {number}: up to there it says this.")


def _say(code: int, *sentences: str) -> int:
    for sentence in sentences:
        typer.echo(sentence, err=code != VALID)
    return code


def _summary(file: Any) -> str:
    steps, case = file["steps"], file["case"]
    last = steps[-1]
    return (
        f"Valid: {case.get('report_number')}, {len(steps)} steps, the last one {last['event']} at "
        f"{last['at']}; the file was made at {file.get('made_at')}."
    )


async def _key_set(keys: str | None, home: Path) -> list[Any]:
    """Raises NoKeys."""
    document = await _of(keys) if keys else _of_stack(home)
    found = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
        raise NoKeys(f"{keys} is no key set (RFC 7517): give what GET /v1/case-file-keys answers")
    return found


async def _of(keys: str) -> Any:
    if not keys.startswith(("http://", "https://")):
        try:
            return read_json(Path(keys).read_bytes())  # noqa: ASYNC240
        except (OSError, ValueError):
            raise NoKeys(f"the keys in {keys} cannot be read") from None
    client = OutboundClient()
    try:
        return (await client.request("GET", keys)).json()
    except Transient as error:
        raise NoKeys(f"the keys at {keys} cannot be had: {error}") from None
    finally:
        await client.close()


def _of_stack(home: Path) -> Any:
    from deploy.local.credentials import Credentials

    if not (home / "credentials.json").exists():
        raise NoKeys("give the keys: --keys FILE or URL, what GET /v1/case-file-keys answers")
    lasting = Credentials.load(home).derived_from("routing")
    return {"keys": [CaseFileKey.of_service(lasting).jwk]}
