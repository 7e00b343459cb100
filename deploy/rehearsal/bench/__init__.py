"""`crm bench`: the run, the load that it orders, and how it sees complaints become visible."""
