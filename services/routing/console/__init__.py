"""Hears: nothing.
Emits: nothing.
Owns: nothing; officers' pages, which call the interfaces of the services by the officer's token."""
