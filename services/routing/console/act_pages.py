"""``/laporan/{id}/{tindakan}``: one page and one form for each act; plain POST, then 303.

Nothing that was typed is lost: every refusal shows the form again with its words. A form has a key,
so that what is sent twice happens once; after a refusal it is another form and gets another key,
after silence it is the same one.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request, Response

from services.routing.console.acts import (
    BY_SLUG,
    Act,
    Filled,
    Kind,
    Lists,
    fill,
    wants_confirmation,
)
from services.routing.console.beside import CANDIDATES, Kin, beside_of, candidates_of, own_of
from services.routing.console.calls import Answer, Away, Called, refuse_ended, together
from services.routing.console.case_pages import CasePage, From
from services.routing.console.cases import Json, StepLine, instant, reason_of, step_of
from services.routing.console.console import Console
from services.routing.console.forms import LOST, PHOTOS, TEMPLATE, Form, keep_form, known_id
from services.routing.console.inbox import WORKERS
from services.routing.console.media import CaseFiles
from services.routing.console.refusals import error_page, expired_page, words_kept_page
from services.routing.console.rendering import see_other
from services.routing.console.uploads import (
    FILE_LIMITS,
    FILES,
    NO_FILES,
    TakesFiles,
    Told,
    read_with_files,
    told_of,
)
from services.routing.console.visits import OfficerVisit, in_language
from services.routing.console.words import WORDS
from services.routing.domain import Category
from shared.errors import NotFound
from shared.events.vocabulary import UnitKind
from shared.http.operation import Router, take_over

SURE: Final = "pasti"
INSERT: Final = "sisip"
LANGUAGE: Final = "bahasa"
CONFLICT: Final = "conflict"
"""The alert of a form whose case has changed since it was read."""
FOLLOWER: Final = "ikut"
CHECKING: Final = "files_wait"
"""The alert of a form whose files are still being checked."""
LOOK_SECONDS: Final = 0.5
"""Routing hears by the stream that a file was cleared: a moment after media has said so."""
_NAMED: Final = ("received", "cleared")
_SUGGESTED: Final = (UnitKind.DINAS, UnitKind.SUKU_DINAS, UnitKind.OTHER)


@dataclass(frozen=True)
class Asked:
    """One act on one case, as an officer wants it. ``named``: the case whose number was typed.
    ``told``: of the files that came along, whose refs stand in the form."""

    request: Request
    visit: OfficerVisit
    case_id: UUID
    act: Act
    back: str
    form: Form
    named: Json | None = None
    told: Told = NO_FILES

    @property
    def compares(self) -> bool:
        """Whether the case is shown beside others: those that it may follow, or follows."""
        return self.act.verb in ("merge", "split")


def create_router(console: Console) -> Router:
    router, with_files = console.router(), console.router(TakesFiles)
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    pages = ActPages(console)

    @router.get("/laporan/{complaint_id}/{tindakan}")
    async def act_form(
        request: Request, visit: worker, complaint_id: UUID, tindakan: str, dari: From = ""
    ) -> Response:
        asked = Asked(request, visit, complaint_id, act_of(tindakan), dari, Form({}))
        return await pages.form(asked)

    @with_files.post("/laporan/{complaint_id}/{tindakan}")
    async def act_given(
        request: Request, visit: worker, complaint_id: UUID, tindakan: str, dari: From = ""
    ) -> Response:
        asked = Asked(request, visit, complaint_id, act_of(tindakan), dari, Form({}))
        return await pages.give(await pages.read(asked))

    take_over(router, with_files)
    return router


def act_of(slug: str) -> Act:
    """Raises NotFound."""
    if slug not in BY_SLUG:
        raise NotFound("There is no such act.")
    return BY_SLUG[slug]


class ActPages:
    """Shows the form of an act, and sends what comes back."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cases = CasePage(console)

    async def read(self, asked: Asked) -> Asked:
        """With the form that was posted. Raises ForgedForm, OutgrownForm, Malformed, TooLarge."""
        posted = self._console.posted
        if not asked.act.photos:
            return replace(asked, form=await posted(asked.request))

        async def hand_over(form: Form, number: int, pieces: AsyncIterator[bytes]) -> Called:
            # Those that a form names already count, so that no number comes twice under its key.
            number += len(form.many(PHOTOS))
            key = f"{form.key}-foto-{number}" if form.key else ""
            return await self._console.api.hand_over(
                "media", f"/evidence/{asked.case_id}", asked.visit.officer, pieces, key
            )

        came = await read_with_files(asked.request, posted, hand_over)
        told = told_of(came.uploads, WORDS[asked.visit.language])
        photos = [*dict.fromkeys((*came.form.many(PHOTOS), *told.refs))]
        form = Form({**came.form.fields, PHOTOS: photos}) if photos else came.form
        keep_form(asked.request, form)
        return replace(asked, form=form, told=told)

    async def form(
        self, asked: Asked, status: int = 200, *, keep_key: bool = False, **said: Any
    ) -> Response:
        """The act's page, filled with what was typed. ``keep_key``: it is still the same form."""
        officer, api = asked.visit.officer, self._console.api
        case, extra = await together(
            api.get("routing", f"/cases/{asked.case_id}", officer), self._extra(asked, said)
        )
        refuse_ended(case)
        if isinstance(case, Away):
            return self._words_kept(asked, 503)
        if not case.ok:
            return self._words_kept(asked, case.status)
        body: Mapping[str, Any] = case.body
        # A form that comes again after a refusal knows the version that its page shows.
        version = asked.form.version if keep_key else str(body["version"])
        key = asked.form.key if keep_key else self._console.new_key()
        values = self._cases.values(asked.visit, body, asked.back)
        filled = said.pop("filled", Filled(problems=problems_of_files(asked)))
        categories = self._console.tables.categories(asked.visit.now)
        beside = self._beside(asked, body, extra, categories)
        template = said.pop("template", "act.html")
        if template == "sure.html" and beside["unseen"]:
            # What is confirmed must be seen: a case that is no candidate any more is not.
            template, status = "act.html", 422
            filled = Filled(problems={"head": "head_unknown"})
        return self._console.pages.show(
            asked.visit,
            template,
            status,
            **values,
            **beside,
            act=asked.act,
            key=key,
            version=version,
            typed=asked.form.text,
            ticked=ticked_photos(asked, values["files"]),
            kept=kept_photos(asked, values["files"], body),
            limits=FILE_LIMITS,
            needs_photo=needs_photo(body, categories),
            problems=filled.problems,
            offered=filled.offered,
            suggested=[u for u in self._console.units.all() if u.kind in _SUGGESTED],
            categories=categories.values(),
            extra=_choices(asked, extra),
            not_read=None if isinstance(extra, Answer) and extra.ok else choice_of(asked),
            since=self._since(asked, body) if said.get("alert") == CONFLICT else None,
            **{"alert": None, "closed": None, **said},
        )

    async def _extra(self, asked: Asked, said: Mapping[str, Any]) -> Called:
        """What the fields of this act choose from; at most this one call besides the case. To make
        sure, nothing is chosen any more but the case to merge with, which is shown again."""
        officer, api = asked.visit.officer, self._console.api
        match choice_of(asked):
            case "neighbours":
                # The chosen one may stand behind the nearest; without one these alone are shown.
                nearest = None if asked.form.text("head") else CANDIDATES
                path = f"/cases/{asked.case_id}/neighbours"
                return await api.get("routing", path, officer, nearest=nearest)
            case "officers" if "template" not in said:
                return await api.get("routing", "/officers", officer)
            case "templates" if "template" not in said:
                return await api.get("routing", "/reply-templates", officer, command=asked.act.verb)
        return Answer(204, None, {})

    def _since(self, asked: Asked, body: Mapping[str, Any]) -> list[StepLine]:
        """What happened since the officer read the case: its own history says so."""
        seen = int(asked.form.version) if asked.form.version.isdecimal() else 0
        words = WORDS[asked.visit.language]
        return [step_of(each, words) for each in body["history"] if each["version"] > seen]

    def _beside(
        self, asked: Asked, body: Json, answer: Called, categories: Mapping[str, Category]
    ) -> dict[str, Any]:
        """The case and those that it is compared with. ``chosen``: the head, where one is;
        ``unseen``: it is not among those that were read, and was not confirmed before."""
        if not asked.compares:
            return {"own": None, "unseen": False}
        words, kin = WORDS[asked.visit.language], Kin()
        if asked.named is not None:
            kin = Kin(near=[beside_of(asked.named, words, categories)])
        elif isinstance(answer, Answer) and answer.ok:
            kin = candidates_of(answer.body, asked.form.text("head"), words, categories)
        named = asked.named["complaint_id"] if asked.named else asked.form.text("head")
        away = asked.named is None and not (isinstance(answer, Answer) and answer.ok)
        chosen = kin.find(named)
        return {
            "own": own_of(body, words, categories),
            "kin": kin,
            "chosen": chosen,
            "unseen": chosen is None and not away and not asked.form.text(SURE),
        }

    def _words_kept(self, asked: Asked, status: int) -> Response:
        if not asked.form.fields:
            return error_page(self._console, asked.request, status)
        return words_kept_page(self._console, asked.visit, asked.form, status)

    async def give(self, asked: Asked) -> Response:
        if asked.told.expired:
            lost = Form({**asked.form.fields, LOST: ["ya"]})
            return expired_page(self._console, asked.visit, lost)
        if asked.form.text(LANGUAGE):
            return await self._in_the_other_language(asked)
        if asked.form.text(INSERT):
            return await self._insert(asked)
        if FOLLOWER in asked.form.fields:
            return await self._follower(asked)
        found = await self._named(asked)
        if isinstance(found, Away):
            return await self._not_certain(asked)
        categories = self._console.tables.categories(asked.visit.now)
        heads = {found["report_number"]: found["complaint_id"]} if found else {}
        lists = Lists(self._console.units, categories, heads)
        filled = fill(asked.act, asked.form.text, lists)
        wrong = bool(filled.problems)
        filled.problems |= problems_of_files(asked)
        if asked.act.photos:
            filled.body["media"] = [known_id(each) for each in asked.form.many(PHOTOS)]
        if filled.problems and asked.told.away and not wrong:
            # The same files under the same key are known again, should they have been taken.
            return await self.form(asked, 503, keep_key=True, filled=filled)
        if filled.problems:
            return await self.form(asked, 422, filled=filled)
        if wants_confirmation(asked.act, filled.body) and not asked.form.text(SURE):
            return await self.form(naming(asked, found), template="sure.html", keep_key=True)
        return await self._answered(asked, await self._send(asked, filled.body))

    async def _in_the_other_language(self, asked: Asked) -> Response:
        """The same form with what stands in it; nothing is sent."""
        visit = in_language(asked.visit, asked.form.text(LANGUAGE))
        return await self.form(replace(asked, visit=visit), keep_key=True)

    async def _insert(self, asked: Asked) -> Response:
        """A reply template is added to what stands there; nothing is sent."""
        field = next(each for each in asked.act.fields if each.kind is Kind.WORDS)
        written = asked.form.text(field.name)
        added = "\n\n".join(each for each in (written, asked.form.text(TEMPLATE)) if each)
        form = Form({**asked.form.fields, field.name: [added]})
        return await self.form(replace(asked, form=form), keep_key=True)

    async def _follower(self, asked: Asked) -> Response:
        """A case is separated on its own page; its head's page only says which."""
        if not asked.form.text(FOLLOWER):
            problem = WORDS[asked.visit.language].texts["choose_one"]
            return await self.form(asked, 422, filled=Filled(problems={"": problem}))
        follower = known_id(asked.form.text(FOLLOWER))
        tail = f"?dari={quote(asked.back, safe='')}" if asked.back else ""
        return see_other(asked.visit, f"laporan/{follower}/{asked.act.slug}{tail}")

    async def _named(self, asked: Asked) -> Json | Away | None:
        """The case that was named by its number, if the officer sees one of that number."""
        fields = [each for each in asked.act.fields if each.kind is Kind.HEAD]
        number = asked.form.text(f"{fields[0].name}_nomor").strip().upper() if fields else ""
        if not number:
            return None
        found = await self._console.api.ask(
            "routing", "/search", asked.visit.officer, {"report_number": number, "limit": 1}
        )
        if isinstance(found, Away):
            return found
        refuse_ended(found)
        cases = found.body.get("cases", ()) if found.ok else ()
        return next((each for each in cases if each["report_number"] == number), None)

    async def _send(self, asked: Asked, body: Any) -> Called:
        answer = await self._try(asked, body)
        looks = int(self._console.checking_seconds / LOOK_SECONDS) if body.get("media") else 0
        for _ in range(looks):
            if not isinstance(answer, Away) or not answer.soon:
                break
            await asyncio.sleep(LOOK_SECONDS)
            answer = await self._try(asked, body)
        return answer

    async def _try(self, asked: Asked, body: Any) -> Called:
        return await self._console.api.act(
            "routing",
            asked.act.command(asked.case_id),
            asked.visit.officer,
            body,
            method=asked.act.method,
            version=asked.form.version,
            key=asked.form.key,
        )

    async def _answered(self, asked: Asked, answer: Called) -> Response:
        if isinstance(answer, Away):
            if answer.soon and asked.form.many(PHOTOS):
                return await self.form(asked, 503, keep_key=True, alert=CHECKING)
            return await self._not_certain(asked)
        if answer.ok:
            tail = f"&dari={quote(asked.back, safe='')}" if asked.back else ""
            return see_other(
                asked.visit, f"laporan/{asked.case_id}?tercatat={asked.act.slug}{tail}"
            )
        refuse_ended(answer)
        match answer.status:
            case 412 | 428:
                # What changed since, and the same words in the same form; nothing sends itself.
                return await self.form(asked, 412, alert=CONFLICT)
            case 403 | 409:
                words = WORDS[asked.visit.language]
                return await self.form(asked, 409, closed=reason_of(answer.body, words))
            case 422:
                return await self.form(asked, 422, filled=refused(asked.act, answer, asked.visit))
            case _:
                return self._words_kept(asked, answer.status)

    async def _not_certain(self, asked: Asked) -> Response:
        """The same form, to be sent again. Who was sure is not asked again: he would take the
        question for a refusal, although the act may have been taken already."""
        page = {"template": "sure.html"} if asked.form.text(SURE) else {}
        return await self.form(asked, 503, keep_key=True, alert="silence", **page)


def ticked_photos(asked: Asked, files: CaseFiles) -> Sequence[str]:
    """Pictures of the work that the result is proved by: all, until the officer takes some out."""
    if asked.form.fields:
        return asked.form.many(PHOTOS)
    return [each.ref for each in files.after if each.is_picture]


def needs_photo(body: Json, categories: Mapping[str, Category]) -> bool:
    """Whether a result of the case is not taken without one."""
    category = categories.get(body.get("category") or "")
    received_at = instant(body.get("received_at"))
    return category is not None and received_at is not None and category.needs_photo(received_at)


def kept_photos(asked: Asked, files: CaseFiles, body: Json) -> Sequence[str]:
    """Pictures that were handed over and that the page cannot show, because they are still being
    checked or media is away: the form goes on naming them."""
    shown = {each.ref for each in files.after if each.is_picture}
    over = {each["ref"] for each in body.get("media", ()) if each["state"] not in _NAMED}
    return [ref for ref in asked.form.many(PHOTOS) if ref not in shown | over]


def problems_of_files(asked: Asked) -> dict[str, str]:
    """Of the files that came with a form, and of those that could not."""
    if asked.form.text(LOST):
        return {FILES: "files_again"}
    return {FILES: asked.told.problem} if asked.told.problem else {}


def choice_of(asked: Asked) -> str | None:
    """What the fields of an act choose from besides the case, by its key in the texts."""
    kinds = {field.kind for field in asked.act.fields}
    if asked.compares:
        return "neighbours" if asked.named is None else None
    if Kind.OFFICER in kinds:
        return "officers"
    return "templates" if Kind.WORDS in kinds and not asked.act.always else None


def naming(asked: Asked, found: Json | None) -> Asked:
    """The same with the head that was found by its number, which need not be found again once the
    officer is sure."""
    if found is None:
        return asked
    name = next(field.name for field in asked.act.fields if field.kind is Kind.HEAD)
    chosen = {name: [found["complaint_id"]], f"{name}_nomor": []}
    return replace(asked, named=found, form=Form({**asked.form.fields, **chosen}))


def _choices(asked: Asked, answer: Called) -> list[Any]:
    """Officers or reply templates to choose from; none while they cannot be read."""
    if asked.compares or not isinstance(answer, Answer) or not answer.ok or not answer.body:
        return []
    body = answer.body
    if isinstance(body, list):
        return body
    return next((each for each in body.values() if isinstance(each, list)), [])


def refused(act: Act, answer: Answer, visit: OfficerVisit) -> Filled:
    """A refusal of the service at the field that it names, else at the first one."""
    named = (answer.said("field") or "").split(".")[0]
    known = [each.name for each in act.fields]
    field = named if named in known else FILES if named == "media" else next(iter(known), "")
    return Filled(problems={field: reason_of(answer.body or {}, WORDS[visit.language])})
