"""The system under SIGKILL: what a ledger outside of it saw lost, doubled or stuck."""
