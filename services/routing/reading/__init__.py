"""What a text is about: its words, its categories, the signs in it."""
