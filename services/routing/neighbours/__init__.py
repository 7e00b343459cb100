"""Cases that may be about the same matter: suggested to officers, never merged by machine."""
