"""Figures of officers' lists, search, neighbours and export with as many cases as in years.

crm seed --cases 1000000      # once: fills the bench's database
python -m tests.scale         # real routes on it, in this process; 1 where a limit is broken
"""
