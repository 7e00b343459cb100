"""From one release to the next without stopping: what may change between the two, and how a city
finds out before it begins.

The last release stands in `release.json`, written by `crm release mark`: its events with an example
of each, its tables, and the newest revision of each schema. Whatever lands after it is compared
with it by tests, and by `crm upgrade --check` with the databases of an installation.
"""
