"""Hears: ComplaintReceived and every fact of a case, from CaseRouted to CaseWithdrawn.
Emits: every fact of its clocks, from DeadlinesSet to EvaluationWaived.
Owns: cases (the clocks of each complaint), clocks (one row per clock), waivers."""
