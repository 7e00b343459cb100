"""Versions of the rules are tried and activated while complaints flow."""
