"""Filing: one transaction writes down the messages of many requests.

It reads the database once, plans in memory, and writes each table once. It increments the day's
counter as late as possible, because the counter's row is then locked until the commit, and other
transactions wait for it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from services.intake import store
from services.intake.channels.attachments import Attachment, Upload
from services.intake.channels.submission import Inbound, Submission, Supplement
from services.intake.codes import Codes, LookupDigest
from services.intake.domain import (
    Command,
    Complaint,
    EarlyMessage,
    Receive,
    Withdraw,
    Withheld,
    decide,
    sequences,
    withheld,
)
from services.intake.domain import Supplement as AddWords
from services.intake.filing.knowledge import (
    Knowledge,
    changeable,
    digests_in_question,
    named_by_tokens,
    numbers_in_question,
    pairs_in_question,
    words_in_question,
)
from services.intake.filing.planning import (
    AddedWords,
    Arrival,
    IdTaken,
    NewComplaint,
    Plan,
    Step,
    TakenBack,
)
from services.intake.media.sealing import FileSealer
from services.intake.vault.sealing import ORIGINAL, REPORTER, Sealer, SealingBatch
from shared.codes import find_report_numbers, report_number
from shared.errors import DomainError, Malformed
from shared.telemetry import get_logger
from shared.work import Work

KEY_LIFETIME = timedelta(days=7)
"""How long an Idempotency-Key is remembered. A message's own id is remembered for ever."""
EARLY_LIFETIME = timedelta(days=30)
"""How long a deletion waits for its message."""
WORDS_LIFETIME = timedelta(days=7)
"""How long it is remembered what somebody said (RFC 5230, 4.1: days between two notices)."""

PRUNE_EVERY = timedelta(minutes=1)

_SEALED_FIELDS = {"reporter", "reply", "language", "auto_reply_allowed", "needs_words"}
_NO_CONTACT = b"{}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter may be told. received_at: aware."""

    complaint_id: UUID
    report_number: str
    tracking_code: str = field(repr=False)
    received_at: datetime


Receipts: TypeAlias = tuple[Receipt | None, ...]
"""One per message; None where nothing was filed."""
FilingOutcome: TypeAlias = Receipts | DomainError


class Filing:
    """Files arrivals inside a transaction that the caller opens and commits."""

    def __init__(self, codes: Codes, sealer: Sealer, files: FileSealer) -> None:
        self._codes = codes
        self._sealer = sealer
        self._files = files
        self._pruned_at = datetime.min.replace(tzinfo=UTC)
        self._log = get_logger("intake")

    async def file(self, work: Work, arrivals: Sequence[Arrival]) -> list[FilingOutcome]:
        """One outcome per arrival, in order: receipts, or the error that its caller gets.

        Raises Collision when another transaction has just filed one of the messages.
        """
        replayed = await self._replay(work, arrivals)
        fresh = [arrival for arrival in arrivals if arrival.id not in replayed]
        filed = await self._file_fresh(work, fresh) if fresh else {}
        outcomes = {**replayed, **filed}
        return [outcomes[each.id] for each in arrivals]

    async def _replay(self, work: Work, arrivals: Sequence[Arrival]) -> dict[UUID, FilingOutcome]:
        """Outcomes of arrivals whose Idempotency-Key was used before."""
        keyed = self._codes.request_digest
        asked = {(d.key.scope, keyed(d.key.key_digest)) for d in arrivals if d.key}
        found = await store.find_keys(work.connection, sorted(asked)) if asked else {}
        if not found:
            return {}
        ids = sorted({each for key in found.values() for each in key.complaint_ids if each})
        complaints = await store.load_many(work.connection, ids, lock=False)
        outcomes: dict[UUID, FilingOutcome] = {}
        for arrival in arrivals:
            key = arrival.key
            stored = found.get((key.scope, keyed(key.key_digest))) if key else None
            if key is None or stored is None:
                continue
            if stored.body_digest != keyed(key.body_digest):
                outcomes[arrival.id] = Malformed(
                    "This key was used for another body. Make a new key.", field="idempotency-key"
                )
            else:
                outcomes[arrival.id] = tuple(
                    self._receipt(complaints[each]) if each else None
                    for each in stored.complaint_ids
                )
        return outcomes

    def _receipt(self, complaint: Complaint, code: str | None = None) -> Receipt:
        return Receipt(
            complaint_id=complaint.complaint_id,
            report_number=complaint.report_number,
            tracking_code=code
            or self._codes.tracking_code(complaint.complaint_id, complaint.code_key_id),
            received_at=complaint.received_at,
        )

    async def _file_fresh(
        self, work: Work, arrivals: Sequence[Arrival]
    ) -> dict[UUID, FilingOutcome]:
        plan = await self._look(work, arrivals)
        placed: dict[UUID, list[UUID | None]] = {}
        refused: dict[UUID, FilingOutcome] = {}
        for arrival in arrivals:
            places = self._place(plan, arrival)
            if isinstance(places, IdTaken):
                refused[arrival.id] = places
            else:
                placed[arrival.id] = places
        await self._lock_targets(work, plan)
        await self._write_words(work, plan.steps)
        await self._write_memory(work, plan)
        complaints = await self._decide(work, plan)
        await self._write_keys(work, arrivals, placed)
        await self._prune(work)
        made = {s.complaint_id: s.code.text for s in plan.steps if isinstance(s, NewComplaint)}
        receipts = {
            arrival_id: tuple(
                self._receipt(complaints[each], made.get(each)) if each else None for each in ids
            )
            for arrival_id, ids in placed.items()
        }
        return {**refused, **receipts}

    def _place(self, plan: Plan, arrival: Arrival) -> list[UUID | None] | IdTaken:
        """The complaint of each message, None where there is none.

        A message whose id is taken does not stop the other messages of its arrival. When an
        arrival holds nothing else, the arrival is refused.
        """
        places: list[UUID | None] = []
        refusals: list[IdTaken] = []
        for message in arrival.messages:
            try:
                places.append(plan.place(message, arrival))
            except IdTaken as refusal:
                places.append(None)
                refusals.append(refusal)
        for each in refusals:
            self._log.warning("id_taken", event_id=str(arrival.id), field=each.field)
        return refusals[0] if refusals and not any(places) else places

    async def _look(self, work: Work, arrivals: Sequence[Arrival]) -> Plan:
        messages = [message for arrival in arrivals for message in arrival.messages]
        # Read under the lock: another replica may be filing the message of which this is an edit.
        early = await self._look_for_early(work, messages)
        digests = digests_in_question(messages, self._codes)
        known = Knowledge(
            await store.find_messages(work.connection, sorted(digests)) if digests else {},
            early,
            await self._look_for_words(work, messages),
        )
        supplements = [message for message in messages if isinstance(message, Supplement)]
        if supplements:
            known = await self._look_further(work, supplements, known)
        return Plan(self._codes, work.new_id, known)

    async def _look_for_early(
        self, work: Work, messages: Sequence[Inbound]
    ) -> dict[bytes, EarlyMessage]:
        digests = sorted(changeable(messages, self._codes))
        if not digests:
            return {}
        await store.lock_messages(work.connection, digests)
        return await store.find_early(work.connection, digests)

    async def _look_for_words(self, work: Work, messages: Sequence[Inbound]) -> frozenset[bytes]:
        digests = sorted(words_in_question(messages, self._codes))
        since = work.now - WORDS_LIFETIME
        return await store.find_heard(work.connection, digests, since) if digests else frozenset()

    async def _look_further(
        self, work: Work, supplements: Sequence[Supplement], known: Knowledge
    ) -> Knowledge:
        """With the complaints that supplements refer to, and whose they are."""
        numbers = numbers_in_question(supplements)
        named = named_by_tokens(supplements, self._codes)
        known = replace(
            known,
            numbered=await store.find_by_number(work.connection, sorted(numbers))
            if numbers
            else {},
            named=await store.load_many(work.connection, sorted(named), lock=False)
            if named
            else {},
        )
        pairs = sorted(pairs_in_question(supplements, self._codes, known))
        sent = await store.sent_by_same(work.connection, pairs) if pairs else frozenset()
        return replace(known, sent=sent)

    async def _lock_targets(self, work: Work, plan: Plan) -> None:
        """Reads the existing complaints that will change again, and locks them.

        Raises Collision when one was erased since the first reading. Its words would be kept
        otherwise; the next try finds the complaint erased and does not keep them.
        """
        touched = {s.complaint_id for s in plan.steps if not isinstance(s, NewComplaint)}
        existing = sorted(touched & plan.complaints.keys())
        if existing:
            plan.complaints |= await store.load_many(work.connection, existing)
        for step in plan.steps:
            target = plan.complaints.get(step.complaint_id)
            if isinstance(step, AddedWords) and target and not target.takes_supplements:
                raise store.Collision("a complaint was erased just now")

    async def _write_words(self, work: Work, steps: Sequence[Step]) -> None:
        contents = [_content(step) for step in steps if not isinstance(step, TakenBack)]
        if not contents:
            return
        # All transactions insert in the same order, so that two with the same messages wait for
        # each other in one direction and cannot deadlock.
        contents.sort(key=lambda row: row.message_digest)
        await store.add_contents(work.connection, contents)
        seal = self._sealer.batch()
        sealed = [_sealed(seal, step) for step in steps if not isinstance(step, TakenBack)]
        await store.add_sealed(work.connection, sealed)
        files = [row for step in steps for row in self._file_rows(step)]
        if files:
            await store.add_files(work.connection, files, work.now)

    def _file_rows(self, step: Step) -> list[store.FileRow]:
        """What is laid down for media: the files in the order of the message."""
        if isinstance(step, TakenBack):
            return []
        return [
            self._file_row(step, number, ref, file)
            for number, (ref, file) in enumerate(step.files, start=1)
        ]

    def _file_row(
        self, step: NewComplaint | AddedWords, number: int, ref: UUID, file: Attachment
    ) -> store.FileRow:
        row = store.FileRow(ref, step.complaint_id, step.content_ref, number, self._files.key_id)
        if isinstance(file, Upload):
            return replace(
                row, chunks=file.chunks, size=file.size, wrapped_key=file.wrapped_key,
                key_id=self._files.earlier_key_id,
            )  # fmt: skip
        sealed = self._files.locator(ref, file.address.encode())
        return replace(row, source=file.source, locator=sealed)

    async def _decide(self, work: Work, plan: Plan) -> dict[UUID, Complaint]:
        """Numbers, decides, saves and records. Returns all complaints as they are then."""
        numbers = await self._numbers(work, plan.steps)
        complaints, before = dict(plan.complaints), plan.complaints
        kept: list[Withheld] = []
        for step in plan.steps:
            command = self._command(step, numbers)
            if isinstance(command, Receive) and (facts := withheld(command)) is not None:
                kept.append(facts)
            decision = decide(complaints.get(step.complaint_id), command)
            if decision.state is not None:
                complaints[step.complaint_id] = decision.state
            work.record(
                *decision.events, cause=step.arrival.id, traceparent=step.arrival.traceparent
            )
        new = [each for key, each in complaints.items() if key not in before]
        changed = [e for key, e in complaints.items() if key in before and e is not before[key]]
        if new:
            await store.add_complaints(work.connection, new)
        if kept:
            await store.add_withheld(work.connection, kept)
        if changed:
            await store.save_many(work.connection, changed)
        return complaints

    async def _numbers(self, work: Work, steps: Sequence[Step]) -> dict[UUID, str]:
        new = [step for step in steps if isinstance(step, NewComplaint)]
        if not new:
            return {}
        days = [step.day for step in new]
        last = await store.count_complaints(work.connection, Counter(days))
        return {
            step.complaint_id: report_number(day, sequence)
            for step, day, sequence in zip(new, days, sequences(days, last), strict=True)
        }

    def _command(self, step: Step, numbers: dict[UUID, str]) -> Command:
        at = step.arrival.received_at
        match step:
            case NewComplaint():
                digest = self._codes.tracking_digest(step.code.text)
                return _receive(step, numbers[step.complaint_id], digest)
            case AddedWords():
                words = step.supplement
                automatic = words.answers_nothing
                return AddWords(step.content_ref, words.kind, at, automatic, _refs(step))
            case TakenBack():
                return Withdraw(step.withdrawal.source, at)

    async def _write_keys(
        self,
        work: Work,
        arrivals: Sequence[Arrival],
        placed: dict[UUID, list[UUID | None]],
    ) -> None:
        rows = [
            store.KeyRow(
                scope=key.scope,
                key_digest=self._codes.request_digest(key.key_digest),
                body_digest=self._codes.request_digest(key.body_digest),
                complaint_ids=tuple(placed[arrival.id]),
                created_at=work.now,
            )
            for arrival in arrivals
            if (key := arrival.key) is not None and arrival.id in placed
        ]
        if rows:
            await store.add_keys(work.connection, rows)

    async def _write_memory(self, work: Work, plan: Plan) -> None:
        if plan.remembered:
            rows = [(r.digest, r.complaint_id, r.withdrawn_by) for r in plan.remembered]
            await store.add_early(work.connection, rows, work.now)
        if plan.heard:
            await store.add_heard(work.connection, sorted(plan.heard), work.now)

    async def _prune(self, work: Work) -> None:
        """Forgets what is old from time to time, in a transaction that is open anyway.

        A separate task would open transactions even when no request comes.
        """
        if work.now - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = work.now
            await store.prune_keys(work.connection, work.now - KEY_LIFETIME)
            await store.prune_early(work.connection, work.now - EARLY_LIFETIME)
            await store.prune_heard(work.connection, work.now - WORDS_LIFETIME)


def _receive(new: NewComplaint, number: str, digest: LookupDigest) -> Receive:
    submission = new.submission
    return Receive(
        complaint_id=new.complaint_id,
        at=new.arrival.received_at,
        report_number=number,
        code_key_id=new.code.key_id,
        tracking_digest=digest.text,
        lookup_key_id=digest.key_id,
        channel=submission.channel,
        content_ref=new.content_ref,
        reporter_ref=new.reporter_ref,
        reachable=bool(submission.reply) and new.answerable,
        language=submission.language,
        category=submission.category,
        # A point far from Jakarta is stored, but routing must not look for a kelurahan there.
        geotagged=submission.near_jakarta,
        kelurahan_code=submission.kelurahan_code,
        entered_by_unit=submission.entered_by_unit,
        about_unit=submission.about_unit,
        anonymous=submission.anonymous,
        confidential=submission.confidential,
        restricted=submission.restricted,
        reported_at=submission.reported_at,
        quoted_reports=_mentioned(new),
        files=_refs(new),
    )


def _mentioned(new: NewComplaint) -> tuple[str, ...]:
    """Numbers of other reports, in its words or by what it refers to, each once."""
    return tuple(dict.fromkeys((*new.mentions, *find_report_numbers(new.submission.text))))


def _refs(step: NewComplaint | AddedWords) -> tuple[UUID, ...]:
    return tuple(ref for ref, _ in step.files)


def _content(step: NewComplaint | AddedWords) -> store.ContentRow:
    place = step.submission if isinstance(step, NewComplaint) else None
    return store.ContentRow(
        ref=step.content_ref,
        complaint_id=step.complaint_id,
        message_digest=step.digest,
        content_digest=step.content_digest if isinstance(step, NewComplaint) else None,
        kind="complaint" if isinstance(step, NewComplaint) else step.supplement.kind,
        text=step.submission.text if isinstance(step, NewComplaint) else step.supplement.text,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        address=place.address if place else None,
        created_at=step.arrival.received_at,
    )


def contact_of(submission: Submission) -> bytes:
    """What is sealed of a reporter, as JSON (class C2); ``vault/contact.py`` reads it."""
    return submission.model_dump_json(include=_SEALED_FIELDS).encode()


def _as_answerable(step: NewComplaint) -> Submission:
    """The submission, closed to machines where the plan has found it so."""
    if step.answerable:
        return step.submission
    return step.submission.model_copy(update={"auto_reply_allowed": False})


def _sealed(seal: SealingBatch, step: NewComplaint | AddedWords) -> store.SealedRow:
    """The row in the vault. That of a supplement holds the original alone, no contact: nobody is
    told a code by it."""
    if isinstance(step, NewComplaint):
        ref = step.reporter_ref
        contact = contact_of(_as_answerable(step))
    else:
        ref, contact = step.content_ref, _NO_CONTACT
    return store.SealedRow(
        ref=ref,
        complaint_id=step.complaint_id,
        sealed=seal.seal(REPORTER, ref, step.complaint_id, contact),
        original=seal.seal(ORIGINAL, ref, step.complaint_id, _original(step)),
        created_at=step.arrival.received_at,
        key_id=seal.key_id,
        # Whoever adds words by a token does not become their complaint's sender.
        senders=step.senders if isinstance(step, NewComplaint) else (),
        code_key_id=step.code.key_id if isinstance(step, NewComplaint) else None,
    )


def _original(step: NewComplaint | AddedWords) -> bytes:
    """The bytes as they came; of an anonymous reporter the part without the name, if there is one.

    When they hold several messages, only this one's part is kept: the erasure of one reporter
    must leave nothing of that reporter in another's row.
    """
    arrival = step.arrival
    message = step.submission if isinstance(step, NewComplaint) else step.supplement
    own = message if isinstance(message, Submission) else message.otherwise
    nameless = own is not None and own.anonymous and own.part is not None
    if len(arrival.messages) == 1 and arrival.original and not nameless:
        return arrival.original
    return own.part if own and own.part else message.model_dump_json().encode()
