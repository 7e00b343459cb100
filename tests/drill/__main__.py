"""``python -m tests.drill``: an installation is upgraded, its keys are changed, its disk is lost.

Needs Java 17 and Maven. The last line is for programs. Ends with 0 when nothing is lost, doubled,
stuck or wrong, no case has changed and nothing of who was erased is left.
"""

import argparse
import asyncio
import logging
import sys

from deploy.local.broker import apache_available
from tests.drill.course import Drill, Outcome, Plan
from tests.drill.kafka import CityKafka
from tests.drill.places import Places
from tests.drill.progress import Progress
from tests.drill.releases import older_release
from tests.drill.rolling import Older


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (what it is for)


async def drilled(plan: Plan, older: Older | None = None) -> Outcome:
    """What was made on the way is removed where all is well."""
    places = Places.new()
    kafka = CityKafka(places.elsewhere)
    try:
        outcome = await Drill(plan, places, kafka, Progress(say), older or {}).undergo()
    except BaseException:
        say(f"logs and data are kept in {places.home} and {places.elsewhere}")
        raise
    finally:
        await kafka.stop()
    if outcome.flawless:
        places.remove()
    else:
        say(f"logs and data are kept in {places.home} and {places.elsewhere}")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drill")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="complaints a second")
    parser.add_argument("--quiet", type=float, default=Plan.quiet, help="seconds between the steps")
    parser.add_argument(
        "--at-once", type=int, default=Plan.at_once, help="services replaced at once"
    )
    parser.add_argument("--rest", type=float, default=Plan.rest, help="seconds for an old key")
    parser.add_argument("--again", type=int, default=Plan.again, help="complaints after all")
    parser.add_argument("--patience", type=float, default=Plan.patience, help="until it is stuck")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--from", dest="older", help="commit whose processes are upgraded")
    given = vars(parser.parse_args())
    older, plan = given.pop("older"), Plan(**given)
    if missing := apache_available():
        say(f"the drill needs Apache Kafka: {missing}")
        return 1
    # The ledger's own consumer would tell of the broker that is lost.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with older_release(older) as release:
        outcome = asyncio.run(drilled(plan, release))
    for line in outcome.details():
        say(line)
    say(outcome.activity)
    say(outcome.summary())
    return 0 if outcome.flawless else 1


if __name__ == "__main__":
    sys.exit(main())
