"""A message with files beside it, as partners and browsers send it."""

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_hex

from deploy.rehearsal.callers.call import WireRequest


def with_files(
    request: WireRequest, files: Sequence[bytes], part: str = "photo", message: str = "report"
) -> WireRequest:
    """``request`` as ``multipart/form-data``: its body in the part ``message``, each file in one of
    the name ``part``."""
    boundary = token_hex(16)
    pieces = [(f'name="{message}"', "application/json", request.body)]
    pieces += [(f'name="{part}"; filename="IMG_0001.jpg"', "image/jpeg", each) for each in files]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\nContent-Type: {media}\r\n\r\n"
        .encode() + data + b"\r\n"
        for named, media, data in pieces
    )  # fmt: skip
    media = f"multipart/form-data; boundary={boundary}"
    whole = body + f"--{boundary}--\r\n".encode()
    return replace(request, headers={**request.headers, "content-type": media}, body=whole)
