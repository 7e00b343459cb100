"""Why a case is where the rules sent it, kept and shown."""
