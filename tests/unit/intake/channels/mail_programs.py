"""How mail programs quote and forward, written out by hand: what they put around the words.

A letter that is quoted is given as its lines. Each program's two forms, plain and HTML, say the
same words.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OURS = "dki@jakarta.go.id"
WEEKDAY = "Kam, 8 Jul 2021"


@dataclass(frozen=True)
class Words:
    """What the writer wrote: above, between the lines of, and below what is quoted."""

    above: str
    between: str
    below: str


Form = Callable[[Words, Sequence[str]], str]


@dataclass(frozen=True)
class Program:
    """plain, rich: a reply in both forms. forward: the lines above a forwarded letter."""

    name: str
    plain: Form
    rich: Form
    forward: str


def marked(attribution: str, above_in_quote: bool = False) -> Form:
    """Programs that put ``>`` before each quoted line; Apple's quote the attribution too."""

    def form(words: Words, letter: Sequence[str]) -> str:
        half = len(letter) // 2
        first = [f"> {line}".rstrip() for line in letter[:half]]
        second = [f"> {line}".rstrip() for line in letter[half:]]
        opening = f"> {attribution}\n> " if above_in_quote else attribution
        return "\n".join(
            (words.above, "", opening, *first, "", words.between, "", *second, "", words.below)
        )

    return form


def unmarked(opening: str) -> Form:
    """Programs that put the letter below a heading and mark no line of it."""

    def form(words: Words, letter: Sequence[str]) -> str:
        half = len(letter) // 2
        quoted = (*letter[:half], words.between, *letter[half:])
        return "\n".join((words.above, "", opening, "", *quoted, "", words.below))

    return form


def rich(before: str, after: str, line: str = "{}<br>") -> Form:
    """HTML: the quotation stands between ``before`` and ``after``, each line of it in ``line``."""

    def form(words: Words, letter: Sequence[str]) -> str:
        half = len(letter) // 2
        first, second = (
            "".join(line.format(html.escape(each) or "&nbsp;") for each in part)
            for part in (letter[:half], letter[half:])
        )
        above, between, below = (html.escape(each) for each in vars(words).values())
        return (
            f"<html><head><style>p {{margin:0}}</style></head><body><div>{above}</div>"
            f"{before}{first}<p>{between}</p>{second}{after}<div>{below}</div></body></html>"
        )

    return form


def heading(labels: str, mark: str = "") -> str:
    """The headers of an answered mail, as Outlook and its likes write them."""
    whose, when, whom, what = labels.split()
    return (
        f"{mark}{whose}: CRM Jakarta <{OURS}>\n{when}: Thursday, July 8, 2021 7:40 PM\n"
        f"{whom}: Pelapor Contoh <pelapor.contoh@example.org>\n{what}: Laporan Anda"
    )


def rich_heading(labels: str, before: str, line: str) -> Form:
    rows = heading(labels).replace("<", "&lt;").replace(">", "&gt;").split("\n")
    bold = "<br>".join(f"<b>{row.partition(':')[0]}:</b>{row.partition(':')[2]}" for row in rows)
    return rich(f"{before}<p class=MsoNormal>{bold}</p>", "", line)


CITE = '<blockquote type="cite">'
ID = f"Pada {WEEKDAY} pukul 19.40 CRM Jakarta <{OURS}>\nmenulis:\n"
EN = f"On July 8, 2021 7:40:15 PM GMT+07:00, CRM Jakarta <{OURS}> wrote:"
LINE = "_" * 32

PROGRAMS: tuple[Program, ...] = (
    Program(
        "Gmail",
        marked(ID),
        rich(
            f'<div class="gmail_quote"><div class="gmail_attr">Pada {WEEKDAY} pukul 19.40 CRM'
            f' Jakarta &lt;<a href="mailto:{OURS}">{OURS}</a>&gt; menulis:<br></div>'
            '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">',
            "</blockquote></div>",
        ),
        "---------- Forwarded message ---------\nDari: Warga <warga@example.net>\n"
        "Date: Rab, 7 Jul 2021 pukul 08.00\nSubject: Jalan\nTo: <pelapor.contoh@example.org>",
    ),
    Program(
        "Gmail Android",
        marked(f"Pada tanggal {WEEKDAY}, 19.40 <{OURS}> menulis:\n"),
        rich(
            '<br><div class="gmail_quote"><div dir="ltr">Pada tanggal Kam, 8 Jul 2021, 19.40'
            f' &lt;{OURS}&gt; menulis:<br></div><blockquote class="gmail_quote">',
            "</blockquote></div>",
        ),
        "---------- Pesan terusan ---------\nDari: Warga <warga@example.net>\n"
        "Tanggal: Rab, 7 Jul 2021 08.00\nPerihal: Jalan\nKepada: <pelapor.contoh@example.org>",
    ),
    Program(
        "Outlook desktop",
        unmarked(heading("From Sent To Subject")),
        rich_heading(
            "From Sent To Subject",
            "<div style='border-top:solid #E1E1E1 1.0pt'></div>",
            "<p class=MsoNormal>{}<o:p></o:p></p>",
        ),
        "From: Warga <warga@example.net>\nSent: Wednesday, July 7, 2021 8:00 AM\n"
        "To: pelapor.contoh@example.org\nSubject: Jalan",
    ),
    Program(
        "Outlook web",
        unmarked(f"{LINE}\n{heading('Dari Dikirim Kepada Perihal')}"),
        rich_heading(
            "Dari Dikirim Kepada Perihal", '<hr><div id="divRplyFwdMsg">', "<div>{}</div>"
        ),
        f"{LINE}\nDari: Warga <warga@example.net>\nDikirim: Rabu, 7 Juli 2021 08.00\n"
        "Kepada: pelapor.contoh@example.org\nPerihal: Jalan",
    ),
    Program(
        "Apple Mail",
        marked(f"On 8 Jul 2021, at 19.40, CRM Jakarta <{OURS}> wrote:", above_in_quote=True),
        rich(
            f"<div>{CITE}<div>On 8 Jul 2021, at 19.40, CRM Jakarta &lt;{OURS}&gt; wrote:</div>",
            "</blockquote></div>",
        ),
        "Begin forwarded message:\n\nFrom: Warga <warga@example.net>\nSubject: Jalan\n"
        "Date: 7 July 2021 at 08.00.00 WIB\nTo: pelapor.contoh@example.org",
    ),
    Program(
        "iOS Mail",
        marked(f"Pada 8 Jul 2021, pukul 19.40, {OURS} menulis:", above_in_quote=True),
        rich(
            f'<br><div dir="ltr">Dikirim dari iPhone saya</div>{CITE}<div>Pada 8 Jul 2021, pukul'
            f" 19.40, {OURS} menulis:</div>",
            "</blockquote>",
            "<div>{}</div>",
        ),
        "Mulai pesan yang diteruskan:\n\nDari: Warga <warga@example.net>\n"
        "Tanggal: 7 Juli 2021 pukul 08.00.00 WIB\nKepada: pelapor.contoh@example.org\n"
        "Perihal: Jalan",
    ),
    Program(
        "Thunderbird",
        marked("On 08/07/21 19.40, CRM Jakarta wrote:"),
        rich(
            '<div class="moz-cite-prefix">On 08/07/21 19.40, CRM Jakarta wrote:</div>' + CITE,
            "</blockquote>",
        ),
        "-------- Forwarded Message --------\nSubject: \tJalan\nDate: \tWed, 7 Jul 2021\n"
        "From: \tWarga <warga@example.net>\nTo: \tpelapor.contoh@example.org",
    ),
    Program(
        "Yahoo",
        unmarked(f"    Pada Kamis, 8 Juli 2021 19.40.15 WIB, {OURS} <{OURS}> menulis:  \n "),
        rich(
            '<div class="yahoo_quoted"><div>Pada Kamis, 8 Juli 2021 19.40.15 WIB, '
            f"{OURS} &lt;{OURS}&gt; menulis: </div><div>",
            "</div></div>",
            '<div dir="ltr">{}</div>',
        ),
        "----- Pesan yang Diteruskan -----\nDari: Warga <warga@example.net>\n"
        "Kepada: pelapor.contoh@example.org\nTerkirim: Rabu, 7 Juli 2021 08.00 WIB\n"
        "Judul: Jalan",
    ),
    Program(
        "Samsung Email",
        unmarked(heading("Dari Tanggal Ke Subjek", "-------- Pesan asli --------\n")),
        rich_heading(
            "Dari Tanggal Ke Subjek", "<div>-------- Pesan asli --------</div>", "<p>{}</p>"
        ),
        "-------- Pesan terusan --------\nDari: Warga <warga@example.net>\n"
        "Tanggal: 07/07/21 08.00 (GMT+07:00)\nKe: pelapor.contoh@example.org\nSubjek: Jalan",
    ),
    Program(
        "K-9",
        marked(EN),
        rich(
            f'<div class="gmail_quote">On July 8, 2021 7:40:15 PM GMT+07:00, {OURS} wrote:'
            '<blockquote class="gmail_quote"><pre class="k9mail">',
            "</pre></blockquote></div>",
            "{}\n",
        ),
        "-------- Original Message --------\nFrom: Warga <warga@example.net>\n"
        "Sent: Wed Jul 07 08:00:00 GMT+07:00 2021\nTo: pelapor.contoh@example.org\n"
        "Subject: Jalan",
    ),
    Program(
        "Roundcube",
        marked(f"On 2021-07-08 19:40, {OURS} wrote:"),
        rich(
            f"<p>On 2021-07-08 19:40, {OURS} wrote:</p>{CITE}<pre>", "</pre></blockquote>", "{}\n"
        ),
        "-------- Original Message --------\nSubject: Jalan\nDate: 2021-07-07 08:00\n"
        "From: Warga <warga@example.net>\nTo: pelapor.contoh@example.org",
    ),
    Program(
        "Zimbra",
        unmarked(heading("From Sent To Subject", "----- Original Message -----\n")),
        rich(
            '<hr id="zwchr"><div><b>From: </b>CRM Jakarta &lt;'
            f"{OURS}&gt;<br><b>To: </b>pelapor.contoh@example.org<br><b>Sent: </b>Thursday, 8 July"
            " 2021 19:40:15<br><b>Subject: </b>Laporan Anda<br></div><blockquote>",
            "</blockquote>",
        ),
        "----- Forwarded Message -----\nFrom: Warga <warga@example.net>\n"
        "To: pelapor.contoh@example.org\nSent: Wednesday, 7 July 2021 08:00:00\nSubject: Jalan",
    ),
)
