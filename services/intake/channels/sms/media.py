"""What came along with a multimedia message, told by its media type."""

from services.intake.channels.lenient import CameAlong

_KINDS = {
    "image": CameAlong.PHOTO,
    "video": CameAlong.VIDEO,
    "audio": CameAlong.VOICE,
    "application": CameAlong.DOCUMENT,
}
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")


def kind_of_media(media_type: str) -> CameAlong:
    """``image/jpeg`` -> photo."""
    plain = media_type.strip().lower()
    if plain.startswith(_CARDS):
        return CameAlong.CONTACT
    return _KINDS.get(plain.partition("/")[0], CameAlong.OTHER)
