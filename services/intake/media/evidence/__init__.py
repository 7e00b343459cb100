"""Officers hand over what shows their work."""
