"""Hears: every event of the catalogue.
Emits: nothing.
Owns: cases, the read model that is searched, counted and found by tracking code.
"""
