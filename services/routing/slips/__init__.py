"""Slips: one for each unit that has to do with an open case."""
