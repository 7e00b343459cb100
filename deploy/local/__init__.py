"""The one-machine launcher: database, broker, outside world and services under one roof."""
