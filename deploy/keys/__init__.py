"""`crm keys`: keys of an installation, changed while it runs."""
