"""What the mailbox is told by CHANNEL_SECRETS."""

from services.intake.channels.platform import Secret, Secrets


class EmailSecrets(Secrets):
    """api_key: for a mail server on another machine that hands messages over by HTTP."""

    recipient: str
    api_key: Secret | None = None
