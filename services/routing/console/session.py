"""Who is signed in, for how long: values and what time does to them. Pure."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.auth import Role

ROTATED_AFTER = timedelta(minutes=1)
"""A session that is in use is sealed anew once a minute, not with each of a page's files."""


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
    token: str

    @property
    def seat(self) -> str:
        """What a form is bound to: the person, the role and the unit."""
        return f"{self.subject}\n{self.role}\n{self.unit}"


class Session(BaseModel):
    """``ends``: when the officer must sign in again, whatever they do."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    officer: Officer
    ends: datetime
    used: datetime

    def is_alive(self, now: datetime, idle: timedelta) -> bool:
        return now < self.expires(idle)

    def expires(self, idle: timedelta) -> datetime:
        """When it ends if nobody does anything."""
        return min(self.ends, self.used + idle)

    def wants_rotation(self, now: datetime) -> bool:
        return now - self.used >= ROTATED_AFTER

    def used_at(self, now: datetime) -> "Session":
        return self.model_copy(update={"used": now})


def session_of(content: bytes | None) -> Session | None:
    """What was sealed; None for nothing, and for what another release wrote otherwise."""
    if content is None:
        return None
    try:
        return Session.model_validate_json(content)
    except ValidationError:
        return None
