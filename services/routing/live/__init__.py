"""What changes in officers' inboxes, told as it happens."""
