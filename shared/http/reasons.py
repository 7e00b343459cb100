"""The reason that an officer gives for an act that is kept on record."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Reasoned(BaseModel):
    """``note``: on what ground; kept with the officer's id. Name nobody in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    note: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
        Field(repr=False),
    ]
