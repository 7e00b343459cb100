"""E-mail addresses, links and names of accounts in a folded text. Pure."""

import re
from collections.abc import Iterator

from services.routing.masking.known import Known
from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, words_of

_AROUND = r"()\[\]{}<>*/|\"'"
_SIGN = re.compile(
    rf"[@%{_AROUND}](?:(?<=@)@{{0,2}}|(?<=%)40|(?<![@%]) ?(?:at|et|a|@) ?[{_AROUND}])"
)
_WORD = re.compile(r"(?<![a-z0-9])(?:at|et|pada|di|a keong|akeong|keong)(?![a-z0-9])[_\-]?")
_BARE = re.compile(r" (?=(?:gmail|yahoo|ymail|hotmail|outlook|icloud|rocketmail)\b)")
_SAID_BOX = (
    r"\b(?:e-?mail|imel|surel|surat elektronik|gmail)(?:ku|nya)?(?: (?:saya|sy|aku|gue))?[ :=]{1,3}"
)
_BOX = re.compile(rf"{_SAID_BOX}$")
_BOX_WIDE = re.compile(rf"{_SAID_BOX}(?P<more>(?:[a-z0-9]{{2,20}} ){{1,2}})$")
_SHORTEST = 4
"""Letters and figures of a mail box that is told by its looks."""
"""What says that the next word is the name of a mail box."""
_SPELT = (
    "dot",
    "titik",
    "gmail",
    "jimel",
    "gmeil",
    "yahoo",
    "hotmail",
    "outlook",
    "ttk",
    ".com",
    " com",
    ".co",
    ".id",
)
"""One of them is in every address whose sign is a word."""
_SPELT_DOT = re.compile(r"\b(?:dot|titik|ttk) ?(?:com|co|id|net)\b")
_LOCAL_BACKWARDS = re.compile(
    # "budi.santoso" and "b u d i" from their end on; the words are dot, titik, underscore, dash.
    r"[ _\-]{0,2}(?:[a-z0-9](?: [a-z0-9](?![a-z0-9])){2,30}+(?![a-z0-9])"
    r"|[0-9]{1,4} [a-z]{3,20}+|[\w+%\-]{1,64}+(?:(?:[._]{1,2}| [._] |[\])]tod[\[(]"
    r"| (?:tod|kitit|erocsrednu|hsad|pirts|sulp|hawab sirag) )"
    r"[\w+%\-]{1,64}+){0,9}+)"
)
_DOT = (
    r"[ _\-]{0,2}(?:\.|[,;](?=com|co|id|net)"
    rf"|[{_AROUND}] ?(?:dot|titik|\.) ?[{_AROUND}]"
    r"|(?<![a-z0-9])(?:dot|titik|ttk)(?![a-z0-9])|(?<= )(?=(?:com|co[ .]id|net)\b))[ _\-]{0,2}"
)
_HOST = r"(?:[a-z0-9]|-(?!(?:dot|titik)-)){1,62}+"
_DOMAIN = re.compile(rf"[a-z0-9]{_HOST}(?:{_DOT}[a-z]{_HOST}){{1,4}}+")
_SPACED_DOMAIN = re.compile(
    r"g ?m ?a ?i ?l ?\. ?c ?o ?m\b|y ?a ?h ?o ?o ?\. ?c ?o ?(?:m\b|\. ?i ?d\b)"
)
_PROVIDER = re.compile(
    r"(?:gmail|jimel|gmeil|googlemail|yahoo|ymail|hotmail|outlook|live|icloud|rocketmail|proton"
    r"|protonmail)(?:com)?\b"
    r"(?:[ .\-]{1,2}(?:(?:dot|titik)[ .\-]{1,2})?(?:com|co|id|me)\b){0,2}"
)
_ENDS = re.compile(r"(?:com|kom|co|id|net|org|me|info|biz|xyz|sch|ac|go|io)\b")
_HANDLE = re.compile(r"(?<![\w@.])@(?=[a-z0-9_.]{0,30}[a-z_])[a-z0-9_][a-z0-9_.]{1,30}")
_PRICE = re.compile(
    r"@ ?(?:rp|idr|[0-9]+ ?(?:rb|ribu|k|jt|juta|m|kg|cm|pcs|buah|orang)?\b(?![a-z_]))"
)
_PLATFORM = (
    r"(?:ig|insta|instagram|twitter|tiktok|tik ?tok|telegram|threads|line|fb|facebook|youtube|yt"
    r"|akun|account|user ?name|id line|x)"
)
_ACCOUNT = re.compile(
    rf"\b{_PLATFORM}(?: (?:id|akun|saya|sy|aku|ku|gue|gw|pribadi|{_PLATFORM})){{0,3}}"
    r" ?(?P<sign>[:=]|\bsaya\b|\baku\b|\bnya\b|(?<=saya)|(?<=aku)"
    r"|(?<=gue)|(?<=gw)|(?<= sy)|(?<= ku))"
    r"[ :=]{0,2}(?:adalah |yaitu )?(?P<name>@?(?=[a-z0-9_.]{3})[a-z0-9_][a-z0-9_.]{1,29}[a-z0-9_])"
)
_LINK = re.compile(
    r"(?:https?://)?(?:www\.|m\.|mobile\.|web\.)?(?:instagram\.com|facebook\.com|fb\.com|fb\.me"
    r"|twitter\.com|\bx\.com|t\.me|tiktok\.com|threads\.net|line\.me/ti/p)/@?"
    r"(?P<name>[\w.\-~]{2,40})"
)
_LINKED = (".com/", ".me/", ".net/")
HEADS = {
    "mail": words_of("at et pada di a akeong keong"),
    "account": words_of(
        "ig insta instagram twitter tiktok tik telegram threads line fb facebook youtube yt akun "
        "account user username id x"
    ),
}


def mails(read: Reading) -> Iterator[Span]:
    known, low = read.known, read.low
    signs = list(_SIGN.finditer(low))
    if any(map(low.__contains__, _SPELT)):
        signs += read.at_heads("mail", _WORD)
        signs += (
            sign for sign in _BARE.finditer(low) if _is_box(known.ordinary, low, sign.start())
        )
    for sign in signs:
        if span := _mail(known, low, sign):
            yield span


def _mail(known: Known, low: str, sign: re.Match[str]) -> Span | None:
    after = sign.end()
    while low[after : after + 1] in (" ", "\n") and after < sign.end() + 2:
        after += 1
    written = sign[0]
    domain = _SPACED_DOMAIN.match(low, after) or _DOMAIN.match(low, after)
    provider = _PROVIDER.match(low, after)
    # "tiktok saya @joni.vlog" is an account.
    apart = low[sign.start() - 1 : sign.start()] == " " and written == "@"
    apart = apart and not _SPACED_DOMAIN.match(low, after)
    if domain is None or ((written[0].isalpha() or apart) and not _ends_well(domain[0])):
        # "email di gmail" tells where, and nobody's address.
        domain = provider
    local = _LOCAL_BACKWARDS.match(low[max(0, sign.start() - 80) : sign.start()][::-1])
    if domain is None or local is None or _of_office(known, domain[0]):
        return None
    start = sign.start() - local.end()
    if written in ("di", "pada") and not _is_box(known.ordinary, low, sign.start() - 1):
        spelt = _SPELT_DOT.search(domain[0]) is not None
        word = low[start : sign.start()].strip()
        if not spelt or len(word) < _SHORTEST or word in known.ordinary:
            return None
    box = _BOX_WIDE.search(low[max(0, start - 60) : start])
    if box and not known.ordinary.intersection(box["more"].split()):
        start -= len(box["more"])
    return Span(start, _end(domain), "email")


def _is_box(ordinary: frozenset[str], low: str, end: int) -> bool:
    """Whether the word before is the name of a mail box: said to be, or with figures or dots."""
    word = low[max(0, end - 40) : end].rpartition(" ")[2]
    if not word.isalpha():
        return len(word) >= _SHORTEST and not word.isdecimal()
    if word in ordinary:
        return False
    return _BOX.search(low[max(0, end - 60) : end - len(word)]) is not None


def _ends_well(domain: str) -> bool:
    return _ENDS.search(domain) is not None


def _end(domain: re.Match[str]) -> int:
    """Without the words of the sentence that goes on behind a dot."""
    parts = list(re.finditer(_DOT, domain[0]))
    end = domain.end()
    for part in reversed(parts):
        if _ENDS.match(domain[0], part.end()):
            break
        if part is not parts[0] and part[0] != ".":
            end = domain.start() + part.start()
    return end


def _of_office(known: Known, domain: str) -> bool:
    name = re.sub(_DOT, ".", domain)
    return any(name == each or name.endswith(f".{each}") for each in known.mail_domains)


def handles(read: Reading) -> Iterator[Span]:
    known, low = read.known, read.low
    if "@" in low:
        for found in _HANDLE.finditer(low):
            if not _PRICE.match(found[0]) and not _official(known, found[0]):
                yield _without_dot(found.start(), found.end(), low)
    if any(map(low.__contains__, _LINKED)):
        yield from (
            Span(*found.span(), "handle")
            for found in _LINK.finditer(low)
            if not _official(known, found["name"])
        )
    for found in read.at_heads("account", _ACCOUNT):
        name = found["name"]
        if not _official(known, name) and not (name in known.ordinary or name.isdigit()):
            yield _without_dot(found.start("name"), found.end("name"), low)


def _without_dot(start: int, end: int, low: str) -> Span:
    while low[end - 1] == ".":
        end -= 1
    return Span(start, end, "handle")


def _official(known: Known, name: str) -> bool:
    return name.strip("@ .") in known.handles
