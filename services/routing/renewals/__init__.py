"""Whose turn it is to renew an officer's session, for all replicas of the console."""
