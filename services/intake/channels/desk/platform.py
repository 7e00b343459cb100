"""The five desks as channels: their rows and their doors."""

from services.intake.channels.desk.adapter import DESKS, DeskAdapter, DeskEntry
from services.intake.channels.door import DeskDoor, FileParts, body_of
from services.intake.channels.platform import ChannelFacts, Desks
from shared.events.vocabulary import Channel


def _row(channel: Channel, name: str, *, confidential: bool = False) -> ChannelFacts:
    return ChannelFacts(
        channel=channel,
        name=name,
        kind="desk",
        wire_formats=("desk entry JSON", "multipart with scans"),
        signed_by="operator token of the office",
        geotagged=False,
        confidential_by_default=confidential,
        answered_by="printed receipt, SMS where a number was left",
    )


def _door(channel: Channel) -> DeskDoor:
    path = f"/v1/desks/{channel.value}/complaints"
    files = FileParts("scan", message="entry")
    return DeskDoor(path, DeskAdapter(channel), body_of(DeskEntry), files)


PLATFORM = Desks(
    (
        _row(Channel.KELURAHAN, "Kantor Kelurahan"),
        _row(Channel.KECAMATAN, "Kantor Kecamatan"),
        _row(Channel.WALIKOTA, "Kantor Walikota"),
        _row(Channel.PENDOPO, "Pendopo Balai Kota"),
        _row(Channel.INSPEKTORAT, "Kantor Inspektorat", confidential=True),
    ),
    tuple(_door(channel) for channel in DESKS),
)
