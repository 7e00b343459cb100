"""Hears: ReporterErased.
Emits: nothing.
Owns: sealed_reporters, access_log, erasures; the only process that can open what is sealed."""
