"""The officers' interface: what they are shown and what they do."""
