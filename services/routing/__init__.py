"""Hears: ComplaintReceived, -Supplemented, -Withdrawn; ReporterErased, DeadlinesSet,
DeadlineExtended, QuestionExpired.
Emits: the facts of a case, from CaseRouted to CaseWithdrawn.
Owns: cases, notes, history, texts, officers; the unit tree, the category table, the rules."""
