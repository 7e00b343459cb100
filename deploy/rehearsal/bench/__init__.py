"""The parts of `crm bench`: a load from a process of its own, and what is read off the system."""
