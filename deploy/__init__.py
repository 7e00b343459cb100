"""How the system is run: the `crm` command, the one-machine launcher, containers."""
