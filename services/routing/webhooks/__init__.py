"""Agencies' own systems are told what happens to their units' cases."""
