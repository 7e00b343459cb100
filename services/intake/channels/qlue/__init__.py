"""Qlue."""
