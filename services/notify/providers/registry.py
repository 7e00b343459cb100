"""Which adapter serves which way back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.notify.providers.adapter import Adapter, Reply
from services.notify.providers.email import Mail
from services.notify.providers.jaki import Jaki
from services.notify.providers.lapor import Lapor
from services.notify.providers.meta import Meta
from services.notify.providers.printer import Printer
from services.notify.providers.qlue import Qlue
from services.notify.providers.sms import Sms
from services.notify.providers.x import X
from services.notify.sending.outcomes import Outcome, Refused, TryLater
from services.notify.settings import Gateways, TokenGateway
from shared.clock import Clock
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.outbound import OutboundClient
from shared.reply_kinds import ReplyKind


class Adapters:
    """Adapters by the kind of reply path; the Governor's channel has its own accounts."""

    def __init__(
        self, city: Mapping[ReplyKind, Adapter], governor: Mapping[ReplyKind, Adapter]
    ) -> None:
        self._city = city
        self._governor = {**city, **governor}

    def of(self, channel: Channel, kind: ReplyKind) -> Adapter:
        ways = self._governor if channel is Channel.GUBERNUR else self._city
        return ways[kind]


def create_adapters(
    gateways: Gateways, client: OutboundClient, clock: Clock, timeout: float
) -> tuple[Adapters, Callable[[], Awaitable[None]]]:
    """All adapters, and a function that closes their connections to the mail relay.

    Opens no connection. ``timeout``: seconds for each step of SMTP.
    """
    mail = Mail(gateways.smtp, timeout)
    x = X(client, *_known_by(gateways.twitter), clock)
    meta = Meta(client, *_known_by(gateways.facebook), clock)
    own = gateways.gubernur
    own_x = X(client, own.twitter_url, own.twitter_token.get_secret_value(), clock, "gubernur_x")
    own_meta = Meta(client, own.meta_url, own.meta_token.get_secret_value(), clock, "gubernur_meta")
    city: dict[ReplyKind, Adapter] = {
        "email": mail,
        "phone": Sms(client, gateways.sms, clock),
        "x_post": x,
        "x_dm": x,
        "meta_comment": meta,
        "meta_message": meta,
        "push": Jaki(client, gateways.jaki, clock),
        "qlue_post": Qlue(client, gateways.qlue, clock),
        "lapor_ticket": Lapor(client, gateways.lapor_1708, clock),
        "printer": Printer(client, gateways.printer, clock),
    }
    governor: dict[ReplyKind, Adapter] = {
        "x_post": own_x,
        "x_dm": own_x,
        "meta_comment": own_meta,
        "meta_message": own_meta,
    }
    return Adapters(city, governor), mail.close


def _known_by(gateway: TokenGateway) -> tuple[str, str]:
    return gateway.url, gateway.token.get_secret_value()


def usable(paths: Sequence[Reply], template: NotificationTemplate) -> list[Reply]:
    """Those of ``paths`` that can carry the message, the preferred one first.

    A receipt is printed while the citizen stands at the desk; later there is nobody to hand it to.
    """
    if template is NotificationTemplate.CONFIRMATION:
        return list(paths)
    return [path for path in paths if path.kind != "printer"]


def is_closed(path: Reply, outcome: Outcome) -> bool:
    """Whether the reporter's next way is taken after this outcome.

    Nobody stays at the desk until its printer works again.
    """
    return isinstance(outcome, Refused) or (
        path.kind == "printer" and isinstance(outcome, TryLater)
    )
