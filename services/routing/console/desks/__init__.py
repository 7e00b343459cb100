"""The desks of the console: judging, triage, counters, administration, the auditor's trail."""
