"""What the console and routing say to each other about renewals."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

TURN_PATH: Final = "/internal/v1/renewals/turn"
OUTCOME_PATH: Final = "/internal/v1/renewals/outcome"
OUTCOME_AT_MOST: Final = 16_384
Name = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["0a" * 32])]
"""Of one renewal: SHA-256 of the refresh token and the access token that it follows, in
hexadecimal."""


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TurnClaim(_Asked):
    name: Name


class ClaimedTurn(BaseModel):
    """``mine``: renew now, and leave the outcome. Else ``outcome`` is what was left under this name
    in the last ten minutes; null while somebody else is at it."""

    mine: bool
    outcome: Annotated[str | None, Field(repr=False)] = None


class RenewalOutcome(_Asked):
    """``outcome``: sealed by keys that the console alone has."""

    name: Name
    outcome: Annotated[str, Field(min_length=1, max_length=OUTCOME_AT_MOST, repr=False)]


class Left(BaseModel):
    left: bool = True
