"""A case's record: chained step by step, handed out as a signed file."""
