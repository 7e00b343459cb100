"""Words that a unit uses again and again, by the command that they are for."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.routing.case.commands import Text
from services.routing.team import store as team
from services.routing.team.directory import noted
from services.routing.team.store import Template
from services.routing.work.acts import actor_of
from shared.auth import Operator
from shared.errors import Conflict
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.visibility import SYSTEM
from shared.work import Works

TEMPLATES_AT_MOST = 200
"""Of one unit."""

Worded: TypeAlias = Literal[
    "coordinate", "delegate", "return", "plan", "plan/return", "question", "extension",
    "extension/refuse", "follow-up", "follow-up/refuse", "reject", "reopen", "notes",
]  # fmt: skip
"""What an officer writes words for: last parts of addresses."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class TemplateChange(BaseModel):
    """``title``: by which officers choose it; ``text``: what it puts into the form."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    command: Worded
    title: Title
    text: Text


class TemplateView(BaseModel):
    template_id: UUID
    command: Worded
    title: str
    text: str
    changed_at: datetime
    officer: str | None
    """The name of the colleague who changed it last."""


class Templates(BaseModel):
    templates: list[TemplateView]
    """By command and title."""


def add_templates(router: Router, works: Works, worker: Callable[..., Awaitable[Operator]]) -> None:
    @router.get("/reply-templates")
    async def list_reply_templates(
        operator: Annotated[Operator, Depends(worker)], command: Worded | None = None
    ) -> Templates:
        """The templates of my unit; those for one command by ``command``."""
        async with works.read(SYSTEM) as connection:
            found = await team.templates(connection, operator.unit, command)
        return Templates(templates=[_shown(each) for each in found])

    @router.put("/reply-templates/{template_id}")
    @refuses(Conflict)
    async def save_reply_template(
        template_id: UUID, change: TemplateChange, operator: Annotated[Operator, Depends(worker)]
    ) -> TemplateView:
        """A new template of my unit, under an id of the caller's making, or another text for one
        that there is. Who did it is kept. At most 200 per unit."""
        async with works.open(SYSTEM) as work:
            await noted(work, operator)
            template = Template(
                template_id, change.command, change.title, change.text, work.now, operator.name
            )
            by = actor_of(operator)
            if not await team.write_template(work.connection, template, by, TEMPLATES_AT_MOST):
                raise Conflict("Your unit has as many templates as it may have. Remove one.")
        return _shown(template)

    @router.delete("/reply-templates/{template_id}", status_code=204)
    async def remove_reply_template(
        template_id: UUID, operator: Annotated[Operator, Depends(worker)]
    ) -> None:
        """My unit has this template no longer. Said twice, it changes nothing."""
        async with works.open(SYSTEM) as work:
            await noted(work, operator)
            await team.remove_template(work.connection, template_id, actor_of(operator), work.now)


def _shown(template: Template) -> TemplateView:
    return TemplateView(
        template_id=template.template_id,
        command=template.command,
        title=template.title,
        text=template.text,
        changed_at=template.changed_at,
        officer=template.name,
    )
