"""Hears: ComplaintReceived, -Supplemented, -Withdrawn; ReporterErased, DeadlinesSet,
DeadlineExtended, QuestionExpired; MediaReceived, -Cleared, -Refused, -Removed.
Emits: the facts of a case, from CaseRouted to CaseWithdrawn.
Owns: cases, notes, history, texts, case_media, officers, corrections, versions of the rules."""
