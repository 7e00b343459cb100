"""Where pictures lie, encrypted."""
