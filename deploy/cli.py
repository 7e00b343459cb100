"""The `crm` command. Imports inside the commands keep `crm --help` fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.archive import FolderOption, archive_command, default_folder, named
from deploy.areas import areas_app
from deploy.backup.commands import KeysOption, PassphraseOption
from deploy.keys.command import keys_app
from deploy.services import HEARING, WITH_DATABASE
from deploy.text import classifier_app, text_app
from deploy.upgrade.command import release_app
from shared.starting import collector_at_rest

if TYPE_CHECKING:
    from deploy.local.run import AfterStart
    from deploy.rules import Command
    from deploy.running import RunningStack

app = typer.Typer(
    name="crm",
    help="Cepat Respon Masyarakat on this machine.",
    epilog="Exit codes: 0 done; 1 it could not be done, and the last line says why; 2 wrong usage. "
    "CRM_HOME names the folder of the stack (.crm).",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)

BrokerOption = Annotated[
    str,
    typer.Option(
        help="embedded (in memory), apache (Java 17 and Maven, log on disk), or the "
        "bootstrap servers of a Kafka cluster, host:port."
    ),
]


def _hearing(name: str) -> str:
    if name not in HEARING:
        raise typer.BadParameter(f"must be one of {', '.join(HEARING)}")
    return name


HearingService = Annotated[
    str, typer.Argument(callback=_hearing, help=f"One of {', '.join(HEARING)}.")
]
"""A process that consumes the stream, and so may set an event aside."""


def _known(name: str) -> str:
    if name not in WITH_DATABASE:
        raise typer.BadParameter(f"must be one of {', '.join(WITH_DATABASE)}")
    return name


AnyService = Annotated[
    str, typer.Argument(callback=_known, help=f"One of {', '.join(WITH_DATABASE)}.")
]

JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the result here.")]
parked_app = typer.Typer(help="Events that were set aside.", no_args_is_help=True)
rows_app = typer.Typer(help="Rows that cannot be read, decided or published.", no_args_is_help=True)
bus_app = typer.Typer(help="The event stream itself.", no_args_is_help=True)
app.add_typer(parked_app, name="parked")
app.add_typer(rows_app, name="rows")
app.add_typer(bus_app, name="bus")
case_app = typer.Typer(help="A case's signed file.", no_args_is_help=True)
app.add_typer(case_app, name="case")
rules_app = typer.Typer(help="Versions of the rules of routing.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
app.add_typer(text_app, name="text")
app.add_typer(classifier_app, name="classifier")
app.add_typer(areas_app, name="areas")
app.add_typer(release_app, name="release")
secrets_app = typer.Typer(help="Keys and passwords of an installation.", no_args_is_help=True)
app.add_typer(secrets_app, name="secrets")
app.add_typer(keys_app, name="keys")
app.command("archive")(archive_command)


@app.command()
def up(
    broker: BrokerOption = "embedded",
    demo: Annotated[bool, typer.Option(help="Show the demonstration when all is ready.")] = False,
    once: Annotated[bool, typer.Option(help="End when the demonstration is over.")] = False,
    json_file: JsonOption = None,
    replicas: Annotated[
        int, typer.Option(min=1, max=8, help="Processes of each service, behind one address.")
    ] = 1,
) -> None:
    """Starts the whole system; one Ctrl-C stops it."""
    if json_file is not None and not (demo or once):
        raise typer.BadParameter("needs --demo, whose result it is", param_hint="--json")
    with collector_at_rest():
        from deploy.local.run import run

        after = _demonstration(json_file) if demo or once else None
    raise typer.Exit(run(broker, after, once=once, replicas=replicas))


@app.command("demo")
def demonstrate(json_file: JsonOption = None) -> None:
    """One complaint per channel through the real doors, then one case all the way to Selesai."""
    from deploy.local.run import officers_door
    from deploy.running import RunningStack

    async def show() -> int:
        async with RunningStack.of(_home()) as stack:
            code, _ = await _show_demo(stack, json_file)
            typer.echo(officers_door(stack.url("console")))
            return code

    raise typer.Exit(_run(show()))


@app.command()
def tail() -> None:
    """The stream, live: what a monitor sees. Ctrl-C ends it."""
    from deploy.local.settings import kafka_security, launcher_settings
    from deploy.running import RunningStack
    from deploy.tail import show

    async def follow() -> int:
        async with RunningStack.of(_home()) as stack:
            kafka = stack.description["kafka"]
            security = kafka_security(launcher_settings(), kafka["kind"])
            return await show(kafka["bootstrap"], security)

    raise typer.Exit(_run(follow()))


@app.command()
def track(code: Annotated[str, typer.Argument(help="XXXX-XXXX-XXXX-XXXX")]) -> None:
    """Where a complaint stands, by its tracking code."""
    from deploy.running import RunningStack
    from deploy.screens import print_track

    async def look() -> int:
        async with RunningStack.of(_home()) as stack:
            return print_track(await stack.post("tracking", "/v1/track", {"code": code}))

    raise typer.Exit(_run(look()))


@app.command()
def trace(
    what: Annotated[str, typer.Argument(help="JK..., or the id of a complaint or of a trace.")],
    json_file: JsonOption = None,
) -> None:
    """The way of a complaint: what was stated, published, applied, parked, sent, and when."""
    from deploy.trace import show

    raise typer.Exit(_run(show(_home(), what, json_file)))


@parked_app.command("list")
def list_parked() -> None:
    """Parked events of all services, oldest first."""
    from deploy.parked import PARKED

    raise typer.Exit(_run(PARKED.show_all(_home())))


@parked_app.command("show")
def show_parked(service: HearingService, number: int) -> None:
    """One parked event: cause, place in the stream, bytes, and what was done to it."""
    from deploy.parked import show_one

    raise typer.Exit(_run(show_one(_home(), service, number)))


@parked_app.command("replay")
def replay_parked(service: HearingService, number: int) -> None:
    """Applies a parked event and what waits behind it."""
    from deploy.parked import replay

    raise typer.Exit(_run(replay(_home(), service, number)))


@rows_app.command("list")
def list_rows() -> None:
    """Rows set aside by all services, oldest first: at most 100 of each."""
    from deploy.rows import ROWS

    raise typer.Exit(_run(ROWS.show_all(_home())))


@rows_app.command("release")
def release_row(
    service: AnyService,
    number: Annotated[int | None, typer.Argument(help="Its id in the list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are listed.")] = False,
) -> None:
    """Tries a row again that was put right."""
    from deploy.rows import release

    if (number is None) is not every:
        raise typer.BadParameter("give the id of one row, or --all")
    raise typer.Exit(_run(release(_home(), service, number)))


ReasonOption = Annotated[str, typer.Option("--reason", help="On what ground; kept on record.")]
OfficerOption = Annotated[
    str | None, typer.Option("--officer", help="Opaque id of the officer who does it.")
]


@parked_app.command("edit")
def edit_parked(
    service: HearingService,
    number: int,
    reason: ReasonOption,
    officer: OfficerOption = None,
    header: Annotated[
        list[str] | None, typer.Option(help="name=value, such as ce_type=...; may be repeated.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="An optional header to be taken away.")
    ] = None,
    body: Annotated[Path | None, typer.Option(help="File with the event's JSON, whole.")] = None,
) -> None:
    """Puts a parked event right; the original is kept. Replay it then."""
    from deploy.parked import edit

    work = edit(_home(), service, number, reason, officer, header or (), without or (), body)
    raise typer.Exit(_run(work))


@parked_app.command("discard")
def discard_parked(
    service: HearingService, number: int, reason: ReasonOption, officer: OfficerOption = None
) -> None:
    """Asks that a parked event be never applied; another officer must confirm it."""
    from deploy.parked import discard

    raise typer.Exit(_run(discard(_home(), service, number, reason, officer)))


@parked_app.command("confirm")
def confirm_discard(
    service: HearingService, number: int, reason: ReasonOption, officer: OfficerOption = None
) -> None:
    """Discards what another officer has asked to discard; what waits behind it goes on."""
    from deploy.parked import confirm

    raise typer.Exit(_run(confirm(_home(), service, number, reason, officer)))


@parked_app.command("withdraw")
def withdraw_discard(
    service: HearingService, number: int, reason: ReasonOption, officer: OfficerOption = None
) -> None:
    """Says no to a discard; the event waits on."""
    from deploy.parked import withdraw

    raise typer.Exit(_run(withdraw(_home(), service, number, reason, officer)))


VersionArgument = Annotated[int, typer.Argument(min=1, help="Number of the version.")]


@rules_app.command("list")
def list_rules() -> None:
    """Which version decides, and all that were proposed, the newest first."""
    from deploy import rules

    raise typer.Exit(_run(rules.on_stack(_home(), rules.history)))


@rules_app.command("export")
def export_rules(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Is made where it is missing.")],
    number: Annotated[
        int | None, typer.Option(min=1, help="Of the version; else the one that decides.")
    ] = None,
) -> None:
    """Writes a version as files, to be edited and proposed again."""
    from deploy import rules

    work = rules.on_stack(_home(), lambda door: rules.export(door, folder, number))
    raise typer.Exit(_run(work))


@rules_app.command("import")
def import_rules(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    reason: ReasonOption,
    officer: OfficerOption = None,
) -> None:
    """Checks the files of a folder and proposes them as a new version, which decides nothing
    yet. What is broken is named with its file and line."""
    from deploy import rules

    work = rules.on_stack(_home(), lambda door: rules.propose(door, folder, reason, officer))
    raise typer.Exit(_run(work))


@rules_app.command("diff")
def diff_rules(
    number: VersionArgument,
    against: Annotated[
        int | None, typer.Option(min=1, help="Another version; else the one that decides.")
    ] = None,
) -> None:
    """What a version says otherwise."""
    from deploy import rules

    work = rules.on_stack(_home(), lambda door: rules.diff(door, number, against))
    raise typer.Exit(_run(work))


@rules_app.command("test")
def try_rules(
    number: VersionArgument,
    cases: Annotated[int, typer.Option(min=1, help="How many of the last complaints.")] = 2_000,
) -> None:
    """What a version would decide otherwise about past complaints, by category and unit. Nothing
    is stored."""
    from deploy import rules

    work = rules.on_stack(_home(), lambda door: rules.try_out(door, number, cases))
    raise typer.Exit(_run(work))


@rules_app.command("activate")
def activate_rules(
    number: VersionArgument,
    reason: ReasonOption,
    officer: OfficerOption = None,
    valid_from: Annotated[
        str | None, typer.Option(help="Such as 2026-12-01T00:00:00+07:00; else now.")
    ] = None,
) -> None:
    """Lets a version decide that another officer has proposed; no restart."""
    from deploy import rules

    work = rules.on_stack(
        _home(), lambda door: rules.activate(door, number, reason, officer, valid_from)
    )
    raise typer.Exit(_run(work))


ModelArgument = Annotated[int, typer.Argument(min=1, help="Number of the model.")]


@classifier_app.command("train")
def train_classifier(
    into: Annotated[Path, typer.Argument(dir_okay=False, help="The model is written here.")],
    examples: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="JSON lines: {text, category}, or labelled texts; else finished cases.",
        ),
    ] = None,
    cases: Annotated[
        int, typer.Option(min=1, help="How many of the last finished cases.")
    ] = 20_000,
) -> None:
    """Trains a model (needs the extra ml) and prints what it and the rules say of the texts that
    were held out. Nothing of any text is kept but words that many share."""
    from deploy import classifier
    from shared.clock import JAKARTA, system_clock

    if examples is not None:
        day = system_clock().astimezone(JAKARTA).date()
        raise typer.Exit(classifier.train_on_file(examples, into, day))
    raise typer.Exit(run_on_stack(lambda door: classifier.train_on_stack(door, into, cases)))


@classifier_app.command("learn")
def learn_hints(
    hints: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="It is written anew.")],
    texts: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Labelled texts, JSON lines.")
    ],
) -> None:
    """Learns anew what words hint at (needs the extra ml), and prints how often that is right of
    texts whose writers were left out. It takes some minutes."""
    from deploy import classifier
    from shared.clock import JAKARTA, system_clock

    day = system_clock().astimezone(JAKARTA).date()
    raise typer.Exit(classifier.learn_hints(hints, texts, day))


@classifier_app.command("models")
def list_models() -> None:
    """Which models were registered, and who let them decide."""
    from deploy import classifier

    raise typer.Exit(run_on_stack(classifier.history))


@classifier_app.command("register")
def register_model(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    reason: ReasonOption,
    officer: OfficerOption = None,
) -> None:
    """Registers a model, which is asked in shadow from then on and decides nothing."""
    from deploy import classifier

    raise typer.Exit(run_on_stack(lambda d: classifier.register(d, file, reason, officer)))


@classifier_app.command("switch-on")
def switch_on_model(
    number: ModelArgument, reason: ReasonOption, officer: OfficerOption = None
) -> None:
    """Lets a model decide where the rules doubt, as another officer than the one who registered
    it. Refused unless it is better than the rules."""
    from deploy import classifier

    raise typer.Exit(run_on_stack(lambda d: classifier.switch(d, number, True, reason, officer)))


@classifier_app.command("switch-off")
def switch_off_model(
    number: ModelArgument, reason: ReasonOption, officer: OfficerOption = None
) -> None:
    """The rules alone decide again; the newest model is still asked in shadow."""
    from deploy import classifier

    raise typer.Exit(run_on_stack(lambda d: classifier.switch(d, number, False, reason, officer)))


@classifier_app.command("corrections")
def count_corrections(
    days: Annotated[int, typer.Option(min=1, help="Of which complaints: those of so long.")] = 90,
    version: Annotated[
        int | None, typer.Option(min=1, help="Of the rules; else all of them.")
    ] = None,
    all_units: Annotated[bool, typer.Option(help="Not only those with the most cases.")] = False,
) -> None:
    """How often officers have put right what the rules decided: by category, unit and version of
    the rules, and what is confused most. Counts alone, of the running stack."""
    from deploy.corrections import corrections

    raise typer.Exit(run_on_stack(lambda door: corrections(door, days, version, all_units)))


@bus_app.command("rebuild")
def rebuild_bus(archive: FolderOption = None) -> None:
    """Empties the topic and publishes it anew from the outboxes; the services pause meanwhile. Of
    databases that are given as CRM_<SERVICE>_DATABASE_URL the services must be stopped before."""
    from deploy.local.settings import given_service_urls, launcher_settings
    from deploy.rebuilding import rebuild, rebuild_given

    urls, settings = given_service_urls(), launcher_settings()
    if urls is None:
        work = rebuild(settings.home, archive or default_folder(settings.home))
    else:
        work = rebuild_given(urls, settings.kafka_bootstrap_servers, named(archive))
    raise typer.Exit(_run(work))


@bus_app.command("pin")
def pin_bus() -> None:
    """Sets the topic's settings right; empties nothing and stops nobody."""
    from deploy.pinning import pin

    raise typer.Exit(_run(pin(_home())))


@case_app.command("verify")
def verify_case_file(
    file: Annotated[Path, typer.Argument(help="What GET /v1/cases/{complaint_id}/file answered.")],
    keys: Annotated[
        str | None,
        typer.Option(
            help="File or URL of what GET /v1/case-file-keys answers; without it, the keys of the "
            "stack in CRM_HOME."
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="The hash on a printed case file: whether it is one of this case's."),
    ] = None,
) -> None:
    """Whether a case's file is as it was handed out: 0 it is, 1 it is not, 2 it is none."""
    from deploy.casefile import verify

    raise typer.Exit(_run(verify(file, keys, _home(), head)))


@app.command()
def bench(
    broker: BrokerOption = "embedded",
    json_file: JsonOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="end-to-end, pictures, intake or places; else all of them."),
    ] = None,
    replicas: Annotated[
        int, typer.Option(min=1, max=8, help="Of each service; only for end-to-end.")
    ] = 1,
) -> None:
    """Figures of this machine, as ratios within one run; at most three minutes."""
    from deploy.rehearsal.bench.run import Part, run_bench

    try:
        parts = [Part(name) for name in only or Part]
    except ValueError:
        raise typer.BadParameter(f"must be one of {', '.join(Part)}", param_hint="--only") from None

    if replicas > 1 and parts != [Part.END_TO_END]:
        raise typer.BadParameter("needs --only end-to-end", param_hint="--replicas")

    raise typer.Exit(_run(run_bench(broker, json_file, parts, replicas)))


@app.command()
def seed(
    cases: Annotated[int, typer.Option(help="How many.", min=1, max=10_000_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same gives the same cases.")] = 1,
    until: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD: they are of the two years before; else today.")
    ] = None,
) -> None:
    """Makes the bench's database anew, with cases of two years. No stack is touched."""
    from deploy.rehearsal.seed import midnight, run_seed

    try:
        end = midnight(until)
    except ValueError:
        raise typer.BadParameter("must be a day, YYYY-MM-DD", param_hint="--until") from None
    raise typer.Exit(_run(run_seed(cases, seed, end)))


def _home() -> Path:
    from deploy.local.settings import launcher_settings

    return launcher_settings().home


def run_on_stack(command: Command) -> int:
    """A command on the stack that runs here; 1 where routing refuses."""
    from deploy import rules

    return _run(rules.on_stack(_home(), command))


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Runs a command's work. An error of the machine is printed as a sentence, not a traceback."""
    import asyncio

    from deploy.failures import EXPECTED, in_words

    try:
        return asyncio.run(work)
    except BrokenPipeError:
        # Whoever read the output has gone, as in `crm tail | head`. Another write would fail too,
        # and Python makes one when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except EXPECTED as error:
        typer.echo(in_words(error, _home()), err=True)
        return 1
    except KeyboardInterrupt:
        return 0


def _demonstration(json_file: Path | None) -> AfterStart:
    from deploy.local.stack import Stack
    from deploy.running import RunningStack

    async def after(stack: Stack) -> int:
        async with RunningStack(stack.description()) as running:
            code, stack.code_to_try = await _show_demo(running, json_file)
        return code

    return after


async def _show_demo(stack: RunningStack, json_file: Path | None) -> tuple[int, str]:
    """The exit code, and a tracking code to try."""
    import json

    from rich.console import Console

    from deploy.screens import show_demo

    seen = await show_demo(stack, Console())
    if json_file is not None:
        text = json.dumps(seen.as_json(), indent=2) + "\n"
        json_file.write_text(text, encoding="utf-8")  # noqa: ASYNC240 (the last thing done)
    return (0 if seen.made_it else 1), seen.code_to_try


@app.command()
def token(
    role: Annotated[
        str,
        typer.Option(help="unit_officer, triage_officer, biro, desk_officer, admin or auditor."),
    ],
    unit: Annotated[str, typer.Option(help="Unit code, such as 31.71.01.1001.")],
    subject: Annotated[str | None, typer.Option(help="Opaque officer id.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.", min=0.01, max=24)] = 8,
) -> None:
    """Prints an officer's token that the local stack accepts."""
    from typing import get_args

    from deploy.local.credentials import Credentials
    from deploy.local.settings import launcher_settings
    from deploy.local.tokens import Role, mint_operator_token

    known: dict[str, Role] = {name: name for name in get_args(Role)}
    if role not in known:
        raise typer.BadParameter(f"must be one of {', '.join(known)}", param_hint="--role")
    home = launcher_settings().home
    if not (home / "credentials.json").exists():
        typer.echo(f"{home} has no stack yet whose token it could be: 'crm up' makes it", err=True)
        raise typer.Exit(1)
    credentials = Credentials.load(home)
    seconds = int(hours * 3600)
    print(mint_operator_token(credentials, known[role], unit, subject=subject, seconds=seconds))


@secrets_app.command("new")
def new_secrets(
    folder: Annotated[Path, typer.Argument(help="Is made; one folder in it for each process.")],
    database: Annotated[
        str,
        typer.Option(
            envvar="CRM_DATABASE_URL",
            help="postgresql://administrator:password@host:port/database of the server.",
        ),
    ],
) -> None:
    """Makes fresh keys and passwords as files, each named as the setting that it holds."""
    from deploy.secret_files import new_secrets as make

    try:
        missing = make(folder, database)
    except FileExistsError:
        typer.echo(f"{folder} is there already: name a folder that is not", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {folder}; keep a copy where this machine's loss does not reach it")
    typer.echo("add what only others can give:\n  " + "\n  ".join(map(str, missing)))


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(help="A new folder, on another machine's disk.")
    ] = None,
    check: Annotated[Path | None, typer.Option(help="Reads all of this backup again.")] = None,
    keys: KeysOption = None,
    passphrase: PassphraseOption = None,
    by_other_means: Annotated[
        bool, typer.Option("--by-other-means", help="Only note that a backup was made just now.")
    ] = False,
) -> None:
    """Copies the database, lists or copies the objects, and seals the keys apart."""
    from deploy.backup import commands

    work = commands.backup(to, check, keys, passphrase, by_other_means=by_other_means)
    raise typer.Exit(_run(work))


@app.command()
def restore(
    source: Annotated[Path | None, typer.Option("--from", help="The folder of a backup.")] = None,
    keys: KeysOption = None,
    passphrase: PassphraseOption = None,
    wal: Annotated[
        Path | None,
        typer.Option(help="The archive of the log (CRM_WAL_ARCHIVE of the lost stack)."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="With --wal: up to this moment; else up to its end.")
    ] = None,
    erasures: Annotated[
        bool, typer.Option("--erasures", help="Only erase again, where a restore was cut off.")
    ] = False,
) -> None:
    """Brings a backup back into an empty CRM_HOME, and erases again who was erased since."""
    from deploy.backup import commands

    work = commands.restore(source, keys, passphrase, wal, until, erasures=erasures)
    raise typer.Exit(_run(work))


@app.command()
def migrate() -> None:
    """Brings all schemas to their newest revision, whether the stack runs or not."""
    from deploy.local.migrating import migrate_home
    from deploy.local.settings import launcher_settings

    async def bring() -> int:
        typer.echo(f"migrated: {', '.join(await migrate_home(launcher_settings()))}")
        return 0

    raise typer.Exit(_run(bring()))


@app.command()
def upgrade(
    check: Annotated[bool, typer.Option("--check", help="Look, and change nothing.")] = False,
) -> None:
    """Whether the schemas may be brought to this release beside running services: what is pending,
    what it locks, whom it would hurt, what is to be cleared first."""
    from deploy.upgrade.places import check_upgrade

    if not check:
        raise typer.BadParameter("say --check; 'crm migrate' brings the schemas to this release")
    raise typer.Exit(_run(check_upgrade(_home())))


if __name__ == "__main__":
    app()
