"""The officers of a unit: who they are, who has which case in hand, and what they keep."""
