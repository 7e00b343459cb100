"""Hears: nothing; its vault hears ReporterErased.
Emits: ComplaintReceived, ComplaintSupplemented, ComplaintWithdrawn, MediaReceived,
ReporterErased.
Owns: complaints, contents, withheld, idempotency_keys, early_messages, heard, report_counters,
erasures, erasure_requests."""
