"""Nobody who names an address makes us call what stands behind our own walls.

Each row would reach a server on this machine, which has a certificate for it and notes every
call down, if one of our checks were missing: it is let in by name where the addresses are judged,
and it has the address of this machine where the names are.
"""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from services.intake.media.fetching.asking import Unfetchable
from services.intake.media.fetching.hosts import hosts_of
from shared.errors import CrmError
from shared.outbound import NotPublic
from tests.integration.intake.fetching.keeper import Told
from tests.integration.intake.fetching.names import Resolver, a_name_server
from tests.integration.intake.fetching.ways import KNOWN, LED_TO, OTHER, ways

PICTURE = b"\xff\xd8\xff\xe0 a picture"
HERE: list[Sequence[str]] = [["127.0.0.1"]]

REFUSED_BY_READING = (
    # Another host, also one that only looks like ours.
    "https://other.example.org:{port}/picture", "https://pictures.example.org.other.org:{port}/",
    "https://xpictures.example.org:{port}/", "https://example.org:{port}/",
    "https://pictures.example.org.:{port}/", "https://localhost:{port}/picture",
    # Other ports, other schemes.
    "https://pictures.example.org:22/", "https://pictures.example.org:8443/picture",
    "https://pictures.example.org:0/", "https://pictures.example.org:99999/",
    "http://pictures.example.org:{port}/picture", "http://pictures.example.org/picture",
    "ftp://pictures.example.org/picture", "file:///etc/passwd", "gopher://127.0.0.1:{port}/",
    "data:image/png;base64,AAAA", "//pictures.example.org:{port}/picture", "/picture", "",
    # A user, and what only one of two readers takes for one.
    "https://pictures.example.org@127.0.0.1:{port}/picture",
    "https://user:word@pictures.example.org:{port}/picture",
    "https://pictures.example.org\\@127.0.0.1:{port}/picture",
    "https://pictures.example.org:{port}\\@127.0.0.1:{port}/picture",
    "https://127.0.0.1:{port}#@pictures.example.org:{port}/picture",
    "https://127.0.0.1:{port}\\.pictures.example.org/picture",
    "https://pictures.example.org%40127.0.0.1:{port}/",
    "https://pictures.example.org%00.other.org:{port}/",
    "https://pictures.example.org\t.other.org:{port}/", "https:///pictures.example.org/picture",
    "https://pictures.example.org:{port}/picture#x",
    # A second request within the first one.
    "https://pictures.example.org:{port}/picture HTTP/1.1\r\nhost: other.org\r\n\r\n",
    "https://pictures.example.org:{port}/\r\nx: y", "https://pictures.example.org\r\n:{port}/",
    # Addresses, in all their writings.
    "https://127.0.0.1:{port}/picture", "https://2130706433:{port}/", "https://0x7f000001:{port}/",
    "https://0x7f.1:{port}/", "https://0177.0.0.1:{port}/", "https://017700000001:{port}/",
    "https://127.1:{port}/", "https://127.0.1:{port}/", "https://0:{port}/",
    "https://0.0.0.0:{port}/", "https://127.0.0.1.:{port}/", "https://①②⑦.⓪.⓪.①:{port}/",
    "https://１２７.０.０.１:{port}/", "https://127。0。0。1:{port}/", "https://[::1]:{port}/picture",
    "https://[::]:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/",
    "https://[::127.0.0.1]:{port}/", "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/", "https://[fec0::1]:{port}/", "https://[fe80::1%25lo]:{port}/",
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/latest/meta-data/",
    "https://168.63.129.16/machine", "https://metadata.google.internal/computeMetadata/v1/",
)  # fmt: skip

WALLED: tuple[list[str], ...] = (
    ["127.0.0.1"], ["127.255.255.254"], ["0.0.0.0"], ["10.0.0.1"], ["172.16.0.1"], ["192.168.1.1"],
    ["169.254.169.254"], ["168.63.129.16"], ["100.64.0.1"], ["192.88.99.1"], ["224.0.0.1"],
    ["255.255.255.255"], ["::1"], ["::"], ["::ffff:127.0.0.1"], ["::127.0.0.1"],
    ["64:ff9b::7f00:1"], ["64:ff9b:1::7f00:1"], ["2002:7f00:1::"], ["fec0::1"], ["fe80::1"],
    ["fd00:ec2::254"], ["ff02::1"], ["2001:0:7f00:1::"], ["2001:db8::1"], ["3fff::1"],
    # One address that is public does not open the way to another that is not.
    ["192.31.196.1", "127.0.0.1"], ["2001:4:112::1", "::1"], ["192.31.196.1", "::1"], [],
)  # fmt: skip

READ_AS_AN_ADDRESS = (
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "0",
)
"""What the system's resolver takes for an address of this machine."""

LEADING_INSIDE = (
    "https://127.0.0.1:{port}/secret", "https://[::1]:{port}/secret", "http://127.0.0.1:{port}/secret",
    "https://other.example.org:{port}/secret", "//other.example.org:{port}/secret",
    "http://pictures.example.org:{port}/secret", "https://pictures.example.org:22/secret",
    "https://2130706433:{port}/secret", "https://user@pictures.example.org:{port}/secret",
    "https://pictures.example.org\\@127.0.0.1:{port}/secret", "https://169.254.169.254/secret",
    "file:///etc/passwd", "https://[64:ff9b::7f00:1]:{port}/secret", "https://①②⑦.⓪.⓪.①:{port}/secret",
    # Its name is on the list, and it stands inside.
    "https://led-to.example.org:{port}/secret", "",
)  # fmt: skip


async def test_a_host_that_is_let_in_is_asked(tmp_path: Path) -> None:
    """What the other tests refuse would arrive."""
    async with ways(tmp_path, {KNOWN: HERE}, local=[KNOWN]) as there:
        there.keeper.told["/picture"] = Told(parts=(PICTURE,))
        assert await there.fetch(there.url()) == PICTURE
        [asked] = there.keeper.asked
        assert asked.host == f"{KNOWN}:{there.keeper.port}"
        assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("url", REFUSED_BY_READING)
async def test_an_address_is_refused_before_anybody_is_asked(tmp_path: Path, url: str) -> None:
    zone = {KNOWN: HERE, OTHER: HERE, "localhost": HERE, "xpictures.example.org": HERE}
    async with ways(tmp_path, zone) as there:
        with pytest.raises(Unfetchable, match="not_allowed"):
            await there.fetch(url.format(port=there.keeper.port))
        assert (there.names.asked, there.keeper.asked) == ([], [])


@pytest.mark.parametrize("addresses", WALLED)
async def test_a_name_that_leads_inside_is_not_called(
    tmp_path: Path, addresses: Sequence[str]
) -> None:
    async with ways(tmp_path, {KNOWN: [addresses]}) as there:
        with pytest.raises(NotPublic):
            await there.fetch(there.url())
        assert (there.names.asked, there.keeper.asked) == ([KNOWN], [])


@pytest.mark.parametrize("host", READ_AS_AN_ADDRESS)
async def test_what_the_resolver_reads_as_this_machine_is_not_called(
    tmp_path: Path, host: str
) -> None:
    """Also if it stood on the list of hosts."""
    async with ways(tmp_path, {}, asked=[host]) as there:
        # 0177.0.0.1 is no host at all to the reader of URLs.
        with pytest.raises((NotPublic, Unfetchable)):
            await there.fetch(there.url(host=host))
        assert there.keeper.asked == []


@pytest.mark.parametrize("host", READ_AS_AN_ADDRESS)
async def test_the_resolver_does_read_it_as_this_machine(host: str) -> None:
    """Else the test before this one would show nothing."""
    async with a_name_server({}) as names:
        found = await Resolver(names)(host, 443)
    assert set(found) in ({"127.0.0.1"}, {"0.0.0.0"})


async def test_a_name_is_judged_by_the_very_address_that_is_called(tmp_path: Path) -> None:
    """The second answer is this machine; nobody asks for it."""
    answers: list[Sequence[str]] = [["192.31.196.1"], ["127.0.0.1"]]
    async with ways(tmp_path, {KNOWN: answers}, seconds=1.0) as there:
        with pytest.raises(CrmError):
            await there.fetch(there.url())
        assert (there.names.asked, there.keeper.asked) == ([KNOWN], [])


async def test_a_name_that_was_public_at_the_last_fetch_is_judged_anew(tmp_path: Path) -> None:
    answers: list[Sequence[str]] = [["192.31.196.1"], ["127.0.0.1"]]
    async with ways(tmp_path, {KNOWN: answers}, seconds=1.0) as there:
        with pytest.raises(CrmError):
            await there.fetch(there.url())
        with pytest.raises(NotPublic):
            await there.fetch(there.url())
        assert (there.names.asked, there.keeper.asked) == ([KNOWN] * 2, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", LEADING_INSIDE)
async def test_an_answer_that_sends_us_inside_is_not_followed(
    tmp_path: Path, location: str, status: int
) -> None:
    zone = {KNOWN: HERE, OTHER: HERE, LED_TO: HERE}
    async with ways(tmp_path, zone, local=[KNOWN]) as there:
        port = there.keeper.port
        # Over HTTP/1.1 a header field is bytes; these are the ones that a browser would send.
        to = location.format(port=port).encode().decode("latin-1")
        there.keeper.told["/picture"] = Told(status, (f"location: {to}",))
        there.keeper.told["/secret"] = Told(parts=(b"secret",))
        with pytest.raises(CrmError):
            await there.fetch(there.url())
        assert [each.path for each in there.keeper.asked if each.path != "/picture"] == []


async def test_a_name_that_changes_between_two_answers_is_judged_at_each(tmp_path: Path) -> None:
    """The first answer comes from where it may; what it leads to stands inside by then."""
    zone: dict[str, list[Sequence[str]]] = {KNOWN: HERE, LED_TO: [["10.0.0.1"], ["127.0.0.1"]]}
    async with ways(tmp_path, zone, local=[KNOWN]) as there:
        there.keeper.told["/picture"] = Told(302, (f"location: {there.url('/secret', LED_TO)}",))
        for _ in range(2):
            with pytest.raises(NotPublic):
                await there.fetch(there.url())
        assert {each.path for each in there.keeper.asked} == {"/picture"}


def test_the_list_names_hosts_and_no_addresses() -> None:
    table = json.loads(
        (files("services.intake.media.fetching") / "hosts.json").read_text(encoding="utf-8")
    )
    found = hosts_of(table, {})
    assert set(found) == {"x", "meta", "whatsapp", "twilio", "qlue"}
    for hosts in found.values():
        for name in (*hosts.asked, *hosts.led_to):
            assert name == name.lower()
            assert "." in name.strip(".")
            assert not name.rsplit(".", 1)[-1].isdigit()
