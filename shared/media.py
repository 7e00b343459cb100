"""How a body comes: its media type and its content coding (RFC 9110, 8.3 and 8.4)."""

from collections.abc import Iterable

from shared.errors import UnsupportedCoding, UnsupportedMedia


def media_of(content_type: str) -> str:
    """The media type in lower case, without parameters."""
    return content_type.split(";")[0].strip().lower()


def holds_files(content_type: str) -> bool:
    """Whether the body is a form with parts that may be files."""
    return media_of(content_type) == "multipart/form-data"


def require_media(content_type: str, *accepted: str) -> None:
    """Raises UnsupportedMedia unless the body is of an accepted type (parameters ignored)."""
    if media_of(content_type) not in accepted:
        raise UnsupportedMedia(f"Send {' or '.join(accepted)}.", field="Content-Type")


def refuse_coding(content_encodings: Iterable[str]) -> None:
    """Raises UnsupportedCoding where the body is coded, compressed say.

    content_encodings: the values of all headers of this name. Nothing here decompresses: a few
    kilobytes could become gigabytes, behind every limit of size.
    """
    codings = {coding.strip().lower() for value in content_encodings for coding in value.split(",")}
    if codings - {"", "identity"}:
        raise UnsupportedCoding("Send the body uncompressed.", field="Content-Encoding")
