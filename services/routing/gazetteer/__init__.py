"""Places in words: from the names in a text to the area that it speaks of."""
