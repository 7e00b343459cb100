"""A reporter as released code has sealed them: today's vault reads all of it.

A field that changes its name needs a new golden file beside the old one; the old one stays, and
must still be read: what was sealed is never written anew.
"""

import json
from pathlib import Path

from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Submission
from services.intake.filing.filing import contact_of
from services.intake.vault.contact import Contact
from shared.events.vocabulary import Channel

GOLDEN = Path(__file__).parents[2] / "examples" / "stored" / "vault"
NEWEST = GOLDEN / "contact.v2.json"


def test_a_contact_of_the_first_release_is_read_whole() -> None:
    contact = Contact.model_validate_json((GOLDEN / "contact.v1.json").read_bytes())
    assert contact.model_dump() == {
        "reporter": {
            "name": "Pelapor Contoh",
            "phone": "+6281100000001",
            "email": "pelapor@contoh.id",
            "handle": "pelapor_contoh",
            "platform_user_id": "9001",
            "nik": "3174010000000001",
        },
        "reply": (
            {"kind": "email", "address": "pelapor@contoh.id", "thread": "<1@contoh.id>"},
            {"kind": "phone", "address": "+6281100000001", "thread": None},
        ),
        "language": "en",
        "auto_reply_allowed": True,
        "needs_words": False,
    }


def test_a_contact_of_today_says_whether_its_report_came_without_words() -> None:
    contact = Contact.model_validate_json(NEWEST.read_bytes())
    first = Contact.model_validate_json((GOLDEN / "contact.v1.json").read_bytes())
    assert contact == first.model_copy(update={"needs_words": True})


def test_what_is_sealed_today_has_the_shape_of_the_newest_golden_file() -> None:
    submission = Submission(
        channel=Channel.EMAIL,
        external_id="1@contoh.id",
        text="Lampu mati",
        language="en",
        reporter=Reporter(
            name="Pelapor Contoh",
            phone="+6281100000001",
            email="pelapor@contoh.id",
            handle="pelapor_contoh",
            platform_user_id="9001",
            nik="3174010000000001",
        ),
        reply=(
            ReplyPath(kind="email", address="pelapor@contoh.id", thread="<1@contoh.id>"),
            ReplyPath(kind="phone", address="+6281100000001"),
        ),
        needs_words=True,
    )
    assert json.loads(contact_of(submission)) == json.loads(NEWEST.read_bytes())
