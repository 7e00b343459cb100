"""The contracts, written from the code: event schemas, AsyncAPI, OpenAPI, README's flow table.

`python -m deploy.contracts` writes them all (`make contracts`); tests compare what is committed
with what this package says now. Services are named as strings and looked up by `importlib`.
"""

from deploy.contracts.documents import BASE, CONTRACTS, EXAMPLES, README, ROOT, pretty
from deploy.contracts.doors import description_in, nowhere, openapi
from deploy.contracts.events import event_schema, models_inside, schema_name, schemas
from deploy.contracts.flow import emits, flow_table, hears, in_order, readme_with
from deploy.contracts.stream import asyncapi
from deploy.contracts.writing import documents, write

__all__ = [
    "BASE",
    "CONTRACTS",
    "EXAMPLES",
    "README",
    "ROOT",
    "asyncapi",
    "description_in",
    "documents",
    "emits",
    "event_schema",
    "flow_table",
    "hears",
    "in_order",
    "models_inside",
    "nowhere",
    "openapi",
    "pretty",
    "readme_with",
    "schema_name",
    "schemas",
    "write",
]
