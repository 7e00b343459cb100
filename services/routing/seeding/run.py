"""``python -m services.routing.seeding.run``: fills a bench's database; `crm seed` starts it.

It reads an `Order` from its input and writes lines of `Progress`.
"""

import asyncio
import sys

from services.routing.seeding.filling import fill
from services.routing.seeding.order import Order

if __name__ == "__main__":
    asyncio.run(fill(Order.model_validate_json(sys.stdin.read())))
