"""Facebook, Messenger, Instagram."""
