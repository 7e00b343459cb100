"""To whom which proof of ours is shown, and what is waited for while one is missing."""

from dataclasses import replace

import pytest

from services.intake.media.fetching.asking import Ask, Credentials, first_ask
from services.intake.media.fetching.oauth import Account, Stamp
from shared.errors import Transient

STAMP = Stamp("once", 1_790_000_000)
KNOWN = Credentials(
    "https://graph.facebook.com/v23.0", "token", ("AC1", "word"), Account("k", "ks", "t", "ts")
)
DM = "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg"


@pytest.mark.parametrize("address", [DM, "https://ton.x.com/1.1/ton/data/dm/1/2/a.jpg"])
def test_a_picture_of_a_direct_message_is_asked_for_as_the_account(address: str) -> None:
    ask = first_ask("x", address, KNOWN, STAMP)
    assert ask.url == address
    assert ask.proof.startswith('OAuth oauth_consumer_key="k", oauth_nonce="once"')


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("x", "https://pbs.twimg.com/media/1.jpg"),
        ("x", "https://pbs.twimg.com/ton.twitter.com"),
        ("x", "https://ton.twitter.com.other.org/1.jpg"),
        ("x", "https://[ton.twitter.com/1.jpg"),
        ("meta", DM),
        ("qlue", DM),
    ],
)
def test_nobody_else_is_shown_a_proof(source: str, address: str) -> None:
    assert first_ask(source, address, KNOWN, STAMP) == Ask(address)


@pytest.mark.parametrize(
    ("source", "address"), [("x", DM), ("whatsapp", "1003"), ("twilio", "https://api.twilio.com/1")]
)
def test_while_a_proof_is_missing_the_picture_is_waited_for(source: str, address: str) -> None:
    none = replace(KNOWN, whatsapp_token="", twilio=("AC1", ""), x=Account("k", "", "t", ""))
    with pytest.raises(Transient, match="CRM_MEDIA_"):
        first_ask(source, address, none, STAMP)
