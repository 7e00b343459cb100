"""Hears: ComplaintReceived, -Supplemented, -Withdrawn; ReporterErased, QuestionExpired.
Emits: the facts of a case, from CaseRouted to CaseWithdrawn.
Owns: cases, notes, history, officers; the unit tree, the category table, the rules."""
