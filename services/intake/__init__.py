"""Hears: nothing; its vault hears ReporterErased.
Emits: ComplaintReceived, ComplaintSupplemented, ComplaintWithdrawn, ReporterErased.
Owns: complaints, contents, idempotency_keys, report_counters, erasures, erasure_requests."""
