"""One installation from its first start through upgrade, rotation, backup, loss and restore."""
