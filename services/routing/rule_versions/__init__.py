"""Versions of the rules: proposed, tried, activated by a second person; which one decides."""
