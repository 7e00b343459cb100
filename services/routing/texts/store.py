"""The SQL of the searchable copy: what citizens wrote, kept and erased with their cases."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.masking import mask

EXCERPT = 140
"""Characters of the first words that a list shows."""
KEPT_AT_MOST = 20_000
"""Characters of one content. PostgreSQL refuses to index a text of a megabyte, and a mail may bring
one: its beginning says what it is about."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a citizen wrote (class C1), and the place as it was given; degrees, WGS 84."""

    refs: tuple[UUID, ...]
    words: str = field(default="", repr=False)
    address: str | None = field(default=None, repr=False)
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)

    def and_then(self, later: "Written") -> "Written":
        """Both as one. The first place that was given stands: what is added rarely names another
        one, and where it does, the case was placed by the first."""
        placed = self if self.latitude is not None else later
        return Written(
            refs=(*self.refs, *later.refs),
            words="\n".join(filter(None, (self.words, later.words))),
            address=self.address or later.address,
            latitude=placed.latitude,
            longitude=placed.longitude,
        )

    def masked(self) -> "Written":
        """The same of a confidential report: no search finds whom it tells of."""
        # More than is kept is read, so that no piece is cut in two before it is seen.
        words = mask(self.words[: 2 * KEPT_AT_MOST]).text
        return replace(self, words=words, address=self.address and mask(self.address).text)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a list shows of a citizen's words."""

    excerpt: str | None = field(repr=False)
    address: str | None = field(repr=False)


NOTHING_SHOWN = Shown(None, None)


async def write(
    connection: AsyncConnection,
    keys: Mapping[UUID, Sequence[str]],
    written: Mapping[UUID, Written],
) -> None:
    """Adds what was ``written``, by complaint; what was added before is not added again. ``keys``:
    of each of these complaints (`keys_of`)."""
    if not written:
        return
    complaints = list(written)
    found = [written[complaint] for complaint in complaints]
    await connection.execute(
        _WRITE,
        {
            "ids": complaints,
            "refs": [json.dumps([str(ref) for ref in each.refs]) for each in found],
            "words": [each.words[:KEPT_AT_MOST] for each in found],
            "addresses": [each.address for each in found],
            "latitudes": [each.latitude for each in found],
            "longitudes": [each.longitude for each in found],
            "keys": [json.dumps(keys[complaint]) for complaint in complaints],
        },
    )


async def follow(connection: AsyncConnection, keys: Mapping[UUID, Sequence[str]]) -> None:
    """These complaints are found by ``keys`` from now on, also those of which no words are kept."""
    if keys:
        values = {"ids": list(keys), "keys": [json.dumps(each) for each in keys.values()]}
        await connection.execute(_FOLLOW, values)


async def erase(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """Nothing that a citizen wrote is left of these; they are still found by their keys."""
    if not complaints:
        return
    blanked = await connection.execute(_ERASE, {"ids": list(complaints)})
    if words := list(blanked.scalars()):
        await connection.execute(_ONE_OF_MANY_DOES)
        await connection.execute(_FORGET, {"words": words})
        await connection.execute(_ALL_COUNT)


# Short ones and numbers are like everything.
_WORDS_OF = (
    "SELECT DISTINCT word FROM {cards} c, unnest(tsvector_to_array(c.sought)) word"
    " WHERE word ~ '^[[:alpha:]]{{4,30}}$'"
)
"""The longer words of cards, each once."""
_WRITE = text(f"""
    WITH given AS (
        SELECT i AS complaint_id, w AS words, a AS address, y AS latitude, x AS longitude,
               ARRAY(SELECT CAST(ref AS uuid)
                     FROM json_array_elements_text(CAST(r AS json)) ref) AS refs,
               ARRAY(SELECT json_array_elements_text(CAST(k AS json))) AS keys
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:refs AS text[]), CAST(:words AS text[]),
            CAST(:addresses AS text[]), CAST(:latitudes AS float8[]),
            CAST(:longitudes AS float8[]), CAST(:keys AS text[])
        ) AS named(i, r, w, a, y, x, k)
    ), kept AS (
        INSERT INTO texts AS t (complaint_id, refs, words, address, latitude, longitude)
        SELECT complaint_id, refs, words, address, latitude, longitude FROM given
        ON CONFLICT (complaint_id) DO UPDATE SET
            refs = t.refs || excluded.refs,
            words = left(ltrim(t.words || E'\n' || excluded.words, E'\n'), {KEPT_AT_MOST}),
            address = coalesce(t.address, excluded.address),
            latitude = CASE WHEN t.latitude IS NULL THEN excluded.latitude ELSE t.latitude END,
            longitude = CASE WHEN t.latitude IS NULL THEN excluded.longitude ELSE t.longitude END
        WHERE NOT t.refs @> excluded.refs
        RETURNING t.complaint_id, t.card_id, t.words, t.address
    ), carded AS (
        INSERT INTO cards (card_id, sought, keys)
        SELECT k.card_id,
               to_tsvector('simple', k.words || ' ' || coalesce(k.address, '')), g.keys
        FROM kept k JOIN given g ON g.complaint_id = k.complaint_id
        ON CONFLICT (card_id) DO UPDATE SET sought = excluded.sought, keys = excluded.keys
        RETURNING sought
    )
    -- In one order for all: two transactions that add the same words do not deadlock.
    INSERT INTO vocabulary (word) {_WORDS_OF.format(cards="carded")} ORDER BY word
    ON CONFLICT DO NOTHING
""")  # noqa: S608 (constants)
_FOLLOW = text("""
    WITH given AS (
        SELECT i, ARRAY(SELECT json_array_elements_text(CAST(k AS json))) AS keys
        FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) AS named(i, k)
    ), begun AS (
        INSERT INTO texts (complaint_id, refs, words)
        SELECT i, '{}', '' FROM given
        WHERE NOT EXISTS (SELECT FROM texts WHERE texts.complaint_id = given.i)
        RETURNING complaint_id, card_id
    ), carded AS (
        INSERT INTO cards (card_id, sought, keys)
        SELECT begun.card_id, '', given.keys
        FROM begun JOIN given ON given.i = begun.complaint_id
    )
    UPDATE cards AS c SET keys = given.keys
    FROM given JOIN texts t ON t.complaint_id = given.i
    WHERE c.card_id = t.card_id AND c.keys <> given.keys
""")
_ERASE = text(f"""
    WITH erased AS (
        UPDATE texts SET words = '', address = NULL, latitude = NULL, longitude = NULL
        WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
          AND (words <> '' OR address IS NOT NULL OR latitude IS NOT NULL)
        RETURNING card_id
    ), before AS (
        SELECT sought FROM cards JOIN erased USING (card_id)
    ), blanked AS (
        UPDATE cards AS c SET sought = '', lexemes = '' FROM erased WHERE c.card_id = erased.card_id
    )
    {_WORDS_OF.format(cards="before")}
""")  # noqa: S608 (constants)
"""Names the words that stood on the cards."""
# A word may stand in half of all reports, and one of them is enough to keep it. What somebody else
# writes at this moment is not seen: then the word is unknown until it is written again.
_ONE_OF_MANY_DOES = text("""
    SELECT set_config('gin_fuzzy_search_limit', '100', true),
           set_config('enable_seqscan', 'off', true)
""")
_ALL_COUNT = text("""
    SELECT set_config('gin_fuzzy_search_limit', '0', true),
           set_config('enable_seqscan', 'on', true)
""")
_FORGET = text("""
    DELETE FROM vocabulary v WHERE word = ANY(CAST(:words AS text[]))
      AND NOT EXISTS (SELECT FROM cards WHERE sought @@ phraseto_tsquery('simple', v.word))
""")
