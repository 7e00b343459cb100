"""Hears: ReporterErased.
Emits: MediaCleared, MediaRefused, MediaRemoved.
Owns: spool, files, wanted, derivatives, doomed, complaint_keys, erasures, removed, evidence,
findings, fingerprints, fingerprint_keys, and the objects they name. Nobody else can open them."""
