"""Errors of the machine as sentences for people. An error of ours keeps its traceback."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from deploy.local.postgres import NoPostgres
from deploy.local.process import ProcessFailed
from shared.errors import ArchiveSpoiled, InUse, NotYetArchivable, StopTheLine, Transient


class NotRunning(RuntimeError):
    """No stack runs in this home; the message says how to start one."""


EXPECTED = (
    ProcessFailed, NoPostgres, NotRunning, InUse, StopTheLine, Transient, ArchiveSpoiled,
    NotYetArchivable, OSError, asyncpg.PostgresError,
)  # fmt: skip


def in_words(error: BaseException, home: Path) -> str:
    """One of EXPECTED as a sentence that says what to do. home: of the stack it happened to."""
    match error:
        case TimeoutError():
            return f"it took too long and was given up; {home / 'logs'} tells why"
        case OSError():
            hint = f"is there room, and may {home} be written? CRM_HOME names another folder"
            return f"{error}\n{hint}"
        case asyncpg.PostgresError():
            return f"PostgreSQL refuses: {error}"
        case Transient():
            return f"a part of the stack does not answer ({error}): try again in a moment"
        case _:
            return str(error)
