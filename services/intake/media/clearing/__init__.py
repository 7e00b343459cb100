"""A file is made harmless in a child process, and told what it was."""
