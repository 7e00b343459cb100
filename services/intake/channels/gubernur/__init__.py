"""The Governor's accounts, on X and at Meta."""
