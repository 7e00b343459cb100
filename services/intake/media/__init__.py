"""Hears: ReporterErased.
Emits: MediaCleared, MediaRefused, MediaRemoved.
Owns: spool, files, wanted, derivatives, doomed, complaint_keys, erasures, removed, and the
objects they name; no other process can open what is sealed."""
