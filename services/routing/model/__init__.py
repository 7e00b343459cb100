"""A model that was trained on what officers decided, asked beside the rules."""
