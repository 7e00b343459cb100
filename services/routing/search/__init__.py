"""The search over what an officer may see."""
