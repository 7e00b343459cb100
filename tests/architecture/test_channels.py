"""The laws of intake's channels: a platform is known in its own folder and nowhere else."""

import json
import re

from services.intake.channels.registry import CHANNELS
from services.intake.doors.form import CATEGORIES
from shared.events.vocabulary import Channel
from tests.architecture.source import ROOT, Module, modules

CHANNELS_ROOM = "services/intake/channels"
DOORS_OF_ONE_PLATFORM = {
    ("services/intake/api.py", "balai_warga"),
    ("services/intake/doors/form.py", "balai_warga"),
    ("services/intake/app.py", "email"),
    ("services/intake/doors/smtp.py", "email"),
}
"""Balai Warga's page and the SMTP listener serve one platform each."""

REUSED = {
    ("gubernur", "x"),
    ("gubernur", "meta"),
    ("sms", "meta"),
}
"""The Governor's accounts are on X and at Meta; WhatsApp signs as Meta does."""


def platforms() -> set[str]:
    room = ROOT / CHANNELS_ROOM
    return {each.parent.name for each in room.glob("*/__init__.py")}


def known_platforms(module: Module) -> set[str]:
    """The platforms whose folders the module imports from."""
    pattern = re.compile(r"services\.intake\.channels\.(\w+)(\.|$)")
    found = {match[1] for name in module.imports if (match := pattern.match(name))}
    return found & platforms()


def own_platform(module: Module) -> str | None:
    parts = module.path.removeprefix(f"{CHANNELS_ROOM}/").split("/")
    return parts[0] if module.path.startswith(CHANNELS_ROOM) and len(parts) > 1 else None


def test_a_platform_is_known_in_its_own_folder_only() -> None:
    known = {
        (module.path, platform)
        for module in modules("services/intake", "shared")
        if own_platform(module) is None
        for platform in known_platforms(module)
    }
    assert known == DOORS_OF_ONE_PLATFORM


def test_platforms_reuse_only_what_is_one_company() -> None:
    reused = {
        (own, platform)
        for module in modules(CHANNELS_ROOM)
        if (own := own_platform(module)) is not None
        for platform in known_platforms(module) - {own}
    }
    assert reused == REUSED


def test_no_code_names_a_channel_outside_of_its_folder() -> None:
    """A condition on a channel would have to be found and changed with the next one."""
    members = re.compile(rf"Channel\.({'|'.join(Channel.__members__)})\b")
    named = {
        module.path: members.findall(module.text)
        for module in modules("services/intake")
        if own_platform(module) is None and module.path != "services/intake/noop.py"
    }
    assert {path: names for path, names in named.items() if names} == {}


def test_every_official_channel_is_found_in_a_folder_in_the_order_of_the_list() -> None:
    assert [row.channel for row in CHANNELS] == list(Channel)


def routings_slugs() -> list[str]:
    table = json.loads((ROOT / "services/routing/data/categories.json").read_text())
    return [row["slug"] for row in table["categories"]]


def test_intake_accepts_the_categories_of_routings_table() -> None:
    """The file is a contract. Red here means: run `make contracts` and commit what it writes."""
    contract = json.loads((ROOT / CHANNELS_ROOM / "categories.json").read_text())
    assert contract == {"slugs": routings_slugs()}


def test_the_form_offers_categories_of_the_contract_only() -> None:
    assert [slug for slug, _ in CATEGORIES if slug not in routings_slugs()] == []
