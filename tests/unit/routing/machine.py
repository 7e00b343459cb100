"""The state machine as the house wants it, written out by hand: who may do what, in which state.

A cell names who may: H the holder, T the triage desk, R the reviewer, ``.`` nobody. A small letter
may only after the citizen has left a question unanswered. The last column is the state after it:
``same`` where it stays, ``back`` for where the plan came from.
"""

from shared.events.vocabulary import CaseState

STATES = {
    "rc": CaseState.RECEIVED,
    "co": CaseState.COORDINATED,
    "de": CaseState.DELEGATED,
    "pl": CaseState.PLANNED,
    "pr": CaseState.IN_PROGRESS,
    "av": CaseState.AWAITING_VALIDATION,
    "ve": CaseState.VERIFYING,
    "fr": CaseState.FOLLOW_UP_REFUSED,
    "cm": CaseState.COMPLETED,
    "rj": CaseState.REJECTED,
    "me": CaseState.MERGED,
    "wi": CaseState.WITHDRAWN,
}

MACHINE = """
                   rc   co  de  pl  pr  av  ve  fr  cm  rj  me   wi   after
accept             H    H   H   .   .   .   .   .   .   .   .    .    same
coordinate         H    H   .   .   H   .   .   .   .   .   .    .    coordinated
delegate           H    H   .   .   H   .   .   .   .   .   .    .    delegated
return             .    H   H   .   .   .   .   .   .   .   .    .    received
plan               H    H   H   .   .   .   .   .   .   .   .    .    planned
plan/approve       .    .   .   R   .   .   .   .   .   .   .    .    in_progress
plan/return        .    .   .   R   .   .   .   .   .   .   .    .    back
start              H    H   H   .   .   .   .   H   .   .   .    .    in_progress
question           HT   HT  HT  .   HT  .   .   .   .   .   .    .    same
extension          .    .   .   .   H   .   .   .   .   .   .    .    same
extension/approve  .    .   .   .   R   .   .   .   .   .   .    .    same
extension/refuse   .    .   .   .   R   .   .   .   .   .   .    .    same
follow-up          .    .   .   .   H   .   .   .   .   .   .    .    awaiting_validation
verification       .    .   .   .   .   R   .   .   .   .   .    .    verifying
validation         .    .   .   .   .   R   R   .   .   .   .    .    completed
follow-up/refuse   .    .   .   .   .   R   R   .   .   .   .    .    follow_up_refused
reject             HT   ht  ht  .   ht  .   .   .   .   .   .    .    rejected
reopen             .    .   .   .   .   .   .   .   R   R   .    .    received
merge              HTR  .   .   .   .   .   .   .   .   .   .    .    merged
split              .    .   .   .   .   .   .   .   .   .   HTR  .    received
assign             T    .   .   .   .   .   .   .   .   .   .    .    received
"""

_HEAD, *_ROWS = (line.split() for line in MACHINE.strip().splitlines())
WHO: dict[tuple[str, CaseState], str] = {
    (verb, STATES[column]): cell.strip(".")
    for verb, *cells in _ROWS
    for column, cell in zip(_HEAD, cells, strict=True)
    if column != "after"
}
"""By verb and state: the letters of those who may."""
AFTER: dict[str, str] = {row[0]: row[-1] for row in _ROWS}
"""By verb: the state after it."""
VERBS = tuple(AFTER)


def may(verb: str, state: CaseState, relation: str, silence: bool) -> bool:
    """Whether it is open to a relation (``H``, ``T``, ``R``). ``silence``: the citizen's."""
    cell = WHO[verb, state]
    return relation in (cell.upper() if silence else cell)
