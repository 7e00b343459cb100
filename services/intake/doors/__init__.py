"""Where complaints come in: HTTP, the form, mail, other services."""
