"""Hears: ComplaintReceived, -Supplemented, -Withdrawn; ReporterErased, QuestionExpired.
Emits: the facts of a case, from CaseRouted to CaseWithdrawn.
Owns: cases, notes, history; the unit tree, the category table, the rules."""
