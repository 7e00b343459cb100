"""In whatever order a message, its edits and its deletion come, and how often: one outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.reporter import Reporter
from services.intake.channels.submission import Inbound, Submission, Supplement, Withdrawal
from services.intake.domain import Complaint, ComplaintState, EarlyMessage, KnownMessage
from services.intake.filing.knowledge import Knowledge
from services.intake.filing.planning import AddedWords, Arrival, NewComplaint, Plan, TakenBack
from shared.events.vocabulary import Channel
from shared.testing import sequential_ids
from tests.builders import codes_by

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
CODES = codes_by()


def the_message(text: str = "Jalan rusak.") -> Submission:
    return Submission(
        channel=Channel.FACEBOOK,
        external_id="1_2",
        text=text,
        reporter=Reporter(platform_user_id="9001"),
    )


def an_edit(text: str) -> Supplement:
    return Supplement(
        channel=Channel.FACEBOOK,
        external_id=f"edit:1_2:{text}",
        text=text,
        kind="edit",
        refers_to_external_id="1_2",
        otherwise=the_message(text),
    )


MESSAGE, FIRST, SECOND = the_message(), an_edit("Jalan rusak parah."), an_edit("Jalan amblas.")
COMMENT = Supplement(
    channel=Channel.FACEBOOK,
    external_id="1_2",
    text=MESSAGE.text,
    kind="note",
    refers_to_external_id="1",
    otherwise=MESSAGE,
)
"""The same message as it comes when it stands under another."""
DELETION = Withdrawal(channel=Channel.FACEBOOK, refers_to_external_id="1_2", source="platform")


@dataclass
class Books:
    """What the database would hold, commit after commit."""

    ids: object = field(default_factory=sequential_ids)
    known: Knowledge = field(default_factory=Knowledge)
    words: list[str] = field(default_factory=list)
    complaints: dict[UUID, Complaint] = field(default_factory=dict)

    def commit(self, messages: Sequence[Inbound]) -> None:
        plan = Plan(CODES, self.ids, self.known)  # type: ignore[arg-type]
        arrival = Arrival(UUID(int=5), T0, tuple(messages), b"")
        for message in messages:
            plan.place(message, arrival)
        messages_then, early = dict(self.known.messages), dict(self.known.early)
        for step in plan.steps:
            if isinstance(step, NewComplaint):
                self.complaints[step.complaint_id] = Complaint(
                    step.complaint_id, "JK2411030001", Channel.FACEBOOK, UUID(int=9),
                    ComplaintState.RECEIVED, T0,
                )  # fmt: skip
                self.words.append(step.submission.text)
            if isinstance(step, AddedWords):
                self.words.append(step.supplement.text)
            if isinstance(step, TakenBack):
                withdrawn = replace(
                    self.complaints[step.complaint_id], state=ComplaintState.WITHDRAWN
                )
                self.complaints[step.complaint_id] = withdrawn
            if not isinstance(step, TakenBack):
                assert step.digest not in messages_then, "the database would refuse it"
                opened = isinstance(step, NewComplaint)
                messages_then[step.digest] = KnownMessage(
                    self.complaints[step.complaint_id], opened
                )
        for row in plan.remembered:
            before = early.get(row.digest, EarlyMessage())
            early[row.digest] = EarlyMessage(
                before.complaint
                or (self.complaints[row.complaint_id] if row.complaint_id else None),
                before.withdrawn_by or row.withdrawn_by,
            )
        self.known = replace(self.known, messages=messages_then, early=early)

    @property
    def outcome(self) -> tuple[int, list[str], set[ComplaintState]]:
        states = {complaint.state for complaint in self.complaints.values()}
        return len(self.complaints), sorted(self.words), states


def outcome_of(commits: Iterable[Sequence[Inbound]]) -> tuple[int, list[str], set[ComplaintState]]:
    books = Books()
    for commit in commits:
        books.commit(commit)
    return books.outcome


@st.composite
def deliveries(draw: st.DrawFn, kinds: tuple[Inbound, ...]) -> list[list[Inbound]]:
    """Each at least once, some again, in any order, cut into commits anywhere."""
    again = draw(st.lists(st.sampled_from(kinds), max_size=4))
    order = draw(st.permutations([*kinds, *again]))
    cuts = draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    commits: list[list[Inbound]] = [[]]
    for message, cut in zip(order, cuts, strict=True):
        if cut:
            commits.append([])
        commits[-1].append(message)
    return commits


ALL_WORDS = ["Jalan amblas.", "Jalan rusak parah.", "Jalan rusak."]


@given(deliveries((MESSAGE, FIRST, SECOND, DELETION)))
def test_a_message_its_edits_and_its_deletion_have_one_outcome(
    commits: list[list[Inbound]],
) -> None:
    assert outcome_of(commits) == (1, ALL_WORDS, {ComplaintState.WITHDRAWN})


@given(deliveries((COMMENT, FIRST, SECOND, DELETION)))
def test_where_a_message_stands_changes_nothing_of_it(commits: list[list[Inbound]]) -> None:
    assert outcome_of(commits) == (1, ALL_WORDS, {ComplaintState.WITHDRAWN})


@given(deliveries((MESSAGE, FIRST, SECOND)))
def test_a_message_and_its_edits_are_one_complaint(commits: list[list[Inbound]]) -> None:
    assert outcome_of(commits) == (1, ALL_WORDS, {ComplaintState.RECEIVED})


@given(deliveries((FIRST, SECOND)))
def test_edits_of_a_message_that_never_comes_are_one_complaint(
    commits: list[list[Inbound]],
) -> None:
    assert outcome_of(commits) == (1, ALL_WORDS[:2], {ComplaintState.RECEIVED})


@given(deliveries((FIRST, DELETION)))
def test_an_edit_of_a_deleted_message_that_never_comes_is_withdrawn(
    commits: list[list[Inbound]],
) -> None:
    assert outcome_of(commits) == (1, ALL_WORDS[1:2], {ComplaintState.WITHDRAWN})


@given(deliveries((DELETION,)))
def test_a_deletion_alone_files_nothing(commits: list[list[Inbound]]) -> None:
    assert outcome_of(commits) == (0, [], set())


def test_an_edit_that_comes_twice_before_its_message_is_no_supplement_of_itself() -> None:
    assert outcome_of([[FIRST], [FIRST], [FIRST, FIRST]]) == (
        1, ["Jalan rusak parah."], {ComplaintState.RECEIVED},
    )  # fmt: skip
