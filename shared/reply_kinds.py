"""The ways back to a reporter: intake seals one of these kinds, notify sends by it."""

from typing import Literal, TypeAlias

ReplyKind: TypeAlias = Literal[
    "email",
    "phone",
    "x_post",
    "x_dm",
    "meta_comment",
    "meta_message",
    "push",
    "lapor_ticket",
    "qlue_post",
    "printer",
]
"""The kinds of address, of which one release knows no others.

============  =======================================================
email         a mailbox
phone         a number in E.164, for SMS
x_post        a reply to a post on X
x_dm          a direct message on X
meta_comment  a reply to a comment on Facebook or Instagram
meta_message  a message of the page to a person
push          a webhook to JAKI, which notifies its user
lapor_ticket  an answer to LAPOR! by the ticket's number
qlue_post     a status of a post on Qlue
printer       the receipt that a desk prints; nothing is sent
============  =======================================================
"""
