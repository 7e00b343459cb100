"""The five desks."""
