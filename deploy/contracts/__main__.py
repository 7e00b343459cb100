"""`python -m deploy.contracts`: writes the contracts anew (`make contracts`)."""

from __future__ import annotations

import argparse
import sys

from deploy.contracts.doors import own_openapi
from deploy.contracts.writing import write
from deploy.services import NAMES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.contracts", description=__doc__)
    parser.add_argument("--openapi", metavar="SERVICE", choices=NAMES, help=argparse.SUPPRESS)
    service = parser.parse_args().openapi
    if service:
        sys.stdout.write(own_openapi(service))
        return
    changed = write()
    print("\n".join(f"wrote {path}" for path in changed) or "nothing has changed")


if __name__ == "__main__":
    main()
