"""Hears: ComplaintReceived and every fact of a case, from CaseRouted to CaseWithdrawn.
Emits: DeadlinesSet, DeadlineWarned, -Missed, -Retracted, -Extended; EvaluationOpened, -Waived.
Owns: cases (the clocks of each complaint), clocks (one row per clock), waivers."""
