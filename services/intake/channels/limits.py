"""Limits of what partners, desks and the form send, as the contract says them.

All but one check nothing: what is longer is refused behind the adapter, where the words are
cleaned, by ``Submission`` and its parts. A text that keeps to these limits is never refused for
its length.
"""

from typing import Annotated, Any

from pydantic import Field

from services.intake.channels.attachments import MAX_FILES
from services.intake.channels.categories import NAME_AT_MOST
from services.intake.channels.payload import PlatformId
from services.intake.channels.reporter import MAX_EXTERNAL_ID
from services.intake.words.cleaning import MAX_LINE, MAX_TEXT


def _told(**schema: Any) -> Any:
    return Field(json_schema_extra=schema)


ReportText = Annotated[str, _told(minLength=1, maxLength=MAX_TEXT)]
CategoryName = Annotated[str, _told(maxLength=NAME_AT_MOST)]
OwnId = Annotated[str, _told(maxLength=MAX_EXTERNAL_ID)]
OwnNumber = Annotated[PlatformId, _told(maxLength=MAX_EXTERNAL_ID)]
OwnIdAtDesk = Annotated[str, Field(max_length=400)]
"""Checked here: the unit, or a digest of the form, is written beside it."""

Line = Annotated[str, _told(maxLength=MAX_LINE)]
Landmark = Annotated[str, _told(maxLength=1000)]
PhoneAsTyped = Annotated[str, _told(maxLength=40)]
Nik = Annotated[str, _told(pattern="^([0-9]{16})?$")]
KelurahanCode = Annotated[str, _told(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$")]
UnitCode = Annotated[str, _told(pattern="^[a-z0-9]+([.-][a-z0-9]+)*$", maxLength=64)]
UploadIds = Annotated[
    tuple[Annotated[str, _told(maxLength=400)], ...], _told(maxItems=MAX_FILES, uniqueItems=True)
]
UploadIdsInOneField = Annotated[str, _told(maxLength=2_100)]
Latitude = Annotated[float, _told(minimum=-90, maximum=90)]
Longitude = Annotated[float, _told(minimum=-180, maximum=180)]
