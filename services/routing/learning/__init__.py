"""What people put right, kept as labelled examples of what the rules should have said."""
