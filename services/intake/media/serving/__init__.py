"""Pictures and files are handed out by links that end."""
