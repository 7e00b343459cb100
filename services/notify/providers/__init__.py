"""Ways out: one adapter per kind of provider."""
