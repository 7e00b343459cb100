"""The channels: a folder per platform, and what platforms have in common beside them."""
