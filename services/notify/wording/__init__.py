"""What reporters read."""
