"""`crm backup` and `crm restore`: what must outlive this machine, and how it comes back.

The database is one physical copy (`pg_basebackup`), so all schemas are of one moment. Keys are
sealed apart from it: whoever finds the copy alone can open no reporter and no picture.
"""
