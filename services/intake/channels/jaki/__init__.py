"""JAKI, the city's own app."""
