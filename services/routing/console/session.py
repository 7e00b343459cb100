"""Who is signed in, for how long: values and what time does to them. Pure."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.auth import Role

ROTATED_AFTER = timedelta(minutes=1)
"""A session that is in use is sealed anew once a minute, not with each of a page's files."""
RENEWED_BEFORE = timedelta(minutes=1)
"""An access token is renewed so long before its end: the page that is being made still needs it."""


class Officer(BaseModel):
    """One person with one role in one unit, as the issuer and routing know them.

    ``token``: the issuer's, with which the services are called in the officer's name.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    subject: str
    role: Role
    unit: str
    name: str
    unit_name: str
    token: str = Field(repr=False)

    @property
    def seat(self) -> str:
        """What a form is bound to: the person, the role and the unit."""
        return f"{self.subject}\n{self.role}\n{self.unit}"


class Grant(BaseModel):
    """What the issuer has granted last: who the officer is, until when, and by what it is renewed.

    ``refresh``: the refresh token, empty from an issuer that gives none. ``ends``: of the officer's
    access token. ``due``: from then on it is renewed.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    officer: Officer
    refresh: str = Field(repr=False)
    ends: datetime
    due: datetime

    @classmethod
    def new(cls, officer: Officer, refresh: str, now: datetime, ends: datetime) -> "Grant":
        """Due a minute before its end; of a short one when a quarter is left."""
        due = ends - min(RENEWED_BEFORE, (ends - now) / 4)
        return cls(officer=officer, refresh=refresh, ends=ends, due=due)

    def is_due(self, now: datetime) -> bool:
        return bool(self.refresh) and now >= self.due


class Session(BaseModel):
    """``id``: ties the parts of one session to each other. ``ends``: when the officer must sign in
    again, whatever they do."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    grant: Grant
    ends: datetime
    used: datetime

    @classmethod
    def begin(cls, id: str, grant: Grant, now: datetime, longest: timedelta) -> "Session":
        """Without a refresh token it cannot last longer than the access token."""
        ends = now + longest
        return cls(
            id=id, grant=grant, used=now, ends=ends if grant.refresh else min(ends, grant.ends)
        )

    @property
    def officer(self) -> Officer:
        return self.grant.officer

    def is_alive(self, now: datetime, idle: timedelta) -> bool:
        return now < self.expires(idle)

    def expires(self, idle: timedelta) -> datetime:
        """When it ends if nobody does anything."""
        return min(self.ends, self.used + idle)

    def wants_rotation(self, now: datetime) -> bool:
        return now - self.used >= ROTATED_AFTER

    def used_at(self, now: datetime) -> "Session":
        return self.model_copy(update={"used": now})

    def renewed(self, grant: Grant) -> "Session":
        return self.model_copy(update={"grant": grant})


class _Use(BaseModel):
    """The part of a session that changes with its use."""

    model_config = ConfigDict(frozen=True)

    id: str
    ends: datetime
    used: datetime


def written(session: Session) -> tuple[bytes, bytes]:
    """Its two parts: how it is used, and what the issuer granted. They are kept apart because each
    changes by itself: a slow answer that notes a use must not bring an old refresh token back."""
    use = _Use(id=session.id, ends=session.ends, used=session.used)
    return use.model_dump_json().encode(), session.grant.model_dump_json().encode()


def id_of(use: bytes | None) -> str | None:
    """Which session that part is of; None for nothing, and for what another release wrote."""
    try:
        return _Use.model_validate_json(use).id if use else None
    except ValidationError:
        return None


def session_of(use: bytes | None, grant: bytes | None) -> Session | None:
    """Of both parts; None where one is missing, and for what another release wrote otherwise."""
    if use is None or grant is None:
        return None
    try:
        found = _Use.model_validate_json(use)
        return Session(**found.model_dump(), grant=Grant.model_validate_json(grant))
    except ValidationError:
        return None
