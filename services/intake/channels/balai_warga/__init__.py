"""Balai Warga: form and JSON."""
