"""Hears: ReporterErased.
Emits: nothing.
Owns: sealed_reporters, access_log, erasures, reveals; no other process can open what is sealed."""
