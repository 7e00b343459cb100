"""The case: officers' commands and the state machine. Pure."""
