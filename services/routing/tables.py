"""The tables of the schema ``routing``."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("routing")

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("head_id", pg.UUID(as_uuid=True)),
    sa.Column("awaited_reviewer", sa.Text),
    sa.Column("reviewer", sa.Text),
    sa.Column("watchers", pg.JSONB, nullable=False),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("body", pg.JSONB, nullable=False),
    sa.Column("must_look", sa.Text),
    sa.Column("unread_since", pg.TIMESTAMP(timezone=True)),
    sa.Column("assignee_id", pg.UUID(as_uuid=True)),
    sa.Column("stage", sa.Text),
    sa.Column("report_number", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("kelurahan_code", sa.Text),
    sa.Column("due_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("original_due_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("next_due_at", pg.TIMESTAMP(timezone=True)),
    sa.Index("ix_cases_report_number", "report_number"),
    sa.Index("ix_cases_kelurahan", "kelurahan_code", "complaint_id"),
    sa.Index(
        "ix_cases_review",
        "awaited_reviewer",
        "received_at",
        "complaint_id",
        postgresql_where=sa.text("awaited_reviewer IS NOT NULL"),
    ),
    sa.Index("ix_cases_head_id", "head_id", postgresql_where=sa.text("head_id IS NOT NULL")),
    sa.Index(
        "ix_cases_must_look",
        "must_look",
        "unread_since",
        "complaint_id",
        postgresql_where=sa.text("must_look IS NOT NULL"),
    ),
    sa.Index(
        "ix_cases_assignee_id", "assignee_id", postgresql_where=sa.text("assignee_id IS NOT NULL")
    ),
)
"""``body`` is the whole case; the other columns are what queries go by: ``unit_id``, ``reviewer``,
``watchers``, ``about_unit`` and ``restricted`` are what the rule of visibility asks.

``stage``: what the holder has to do with it (`services.routing.case.stage`); null: it is closed.
``next_due_at``: the nearest limit that runs; the limits are null until sla's events are heard.

``assignee_id``: the officer of the holding unit who has the case in hand. No event tells of it, so
it is not part of ``body``; it ends where another unit gets the case, and where it is closed."""

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("evidence", pg.JSONB, nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("digest", sa.LargeBinary),
    sa.Index("ix_notes_complaint_id", "complaint_id"),
)
"""Officers' words (class C1): plans, reasons, questions, follow-ups. Events carry the id alone."""

history = sa.Table(
    "history",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("actor_unit", sa.Text),
    sa.Column("note_id", pg.UUID(as_uuid=True)),
    sa.Column("withheld", pg.JSONB),
    sa.Column("facts", pg.JSONB),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("actor_ref", sa.LargeBinary),
    sa.Column("words_digest", sa.LargeBinary),
    sa.Column("hash", sa.LargeBinary),
    sa.Index("ix_history_unchained", "complaint_id", postgresql_where=sa.text("hash IS NULL")),
)
"""One row per event of a case, with the officer who caused it. ``withheld``: what the stream was
not told of the event, by field. ``facts``: what the event says beside where the case stands, whole.
``hash`` rests on the row before (`shared.case_chain`), null where the row is not chained yet.

``actor`` is shown to nobody; officers of ``actor_unit`` read the name that `officers` has for it,
and find it in the case's file. It is the only record of who acted, and it stays for those who must
find out later (an auditor, a court)."""

explanations = sa.Table(
    "explanations",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", pg.JSONB, nullable=False),
)
"""Why the rules decided as they did, beside the step of the history that tells what. ``body``: a
`services.routing.explaining.explanation.Explanation`; the terms in it are words of our own data.
What was read of the words is taken out when the reporter is erased."""

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("look_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_unit", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_looks_complaint_id", "complaint_id"),
)
"""Who has looked at what a reporter wrote, when, and why nothing followed (``note``, class C1).
Like the history it names the officer for those who must find out later."""

changes = sa.Table(
    "changes",
    metadata,
    sa.Column(
        "xid",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
    ),
    sa.Column("change_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "at",
        pg.TIMESTAMP(timezone=True),
        nullable=False,
        server_default=sa.text("clock_timestamp()"),
    ),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("version_before", sa.Integer),
    sa.Column("before", pg.JSONB),
    sa.Column("after", pg.JSONB, nullable=False),
)
"""What was saved, for those who watch: where each case stood ``before`` and ``after`` (class C0).

Read in the order of the key, and only up to the oldest transaction that is still open: ids alone
are given before a commit, and a reader that goes by them passes over what commits later."""

change_places = sa.Table(
    "change_places",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("xid", sa.BigInteger, nullable=False),
    sa.Column("change_id", sa.BigInteger, nullable=False),
)
"""Places among the changes: up to ``swept`` they may be gone, up to ``webhooks`` messages of them
are written. Whoever moves one holds its row."""

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("webhook_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("events", pg.ARRAY(sa.Text)),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("disabled_because", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("previous_until", pg.TIMESTAMP(timezone=True)),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("held_until", pg.TIMESTAMP(timezone=True)),
    sa.Column("leased_until", pg.TIMESTAMP(timezone=True)),
    sa.Column("holder", pg.UUID(as_uuid=True)),
    sa.Column("changed_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Index("ix_webhooks_unit_id", "unit_id"),
)
"""Agencies' own systems that are told of their units' cases. A secret is not stored: it is derived
from its ``generation``. ``failures``: tries in a row that reached nothing; until ``held_until``
there is none. ``holder`` sends until ``leased_until``."""

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("delivery_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("webhook_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("next_attempt_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("give_up_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("concluded_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("reason", sa.Text),
    sa.Index("ix_webhook_deliveries_webhook_id", "webhook_id", "number"),
    sa.Index(
        "ix_webhook_deliveries_waiting",
        "webhook_id",
        "complaint_id",
        "number",
        postgresql_where=sa.text("status = 'waiting'"),
    ),
)
"""Messages to agencies' systems, in the order in which the cases changed (``number``)."""

kept_answers = sa.Table(
    "kept_answers",
    metadata,
    sa.Column("name", pg.BYTEA, primary_key=True),
    sa.Column("fingerprint", pg.BYTEA, nullable=False),
    sa.Column("complaint_id", pg.UUID(as_uuid=True)),
    sa.Column("version", sa.Integer),
    sa.Column("body", sa.Text),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_kept_answers_at", "at"),
    sa.Index("ix_kept_answers_complaint_id", "complaint_id"),
)
"""What was answered under an Idempotency-Key, kept for a day. ``name``: digest of officer and key.
``body``: class C1; null once the reporter's data was erased."""

officers = sa.Table(
    "officers",
    metadata,
    sa.Column("officer_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("seen_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("uq_officers_unit_id_subject", "unit_id", "subject", unique=True),
)
"""Officers as their tokens named them last (class C2: ``name``, ``subject``). One row per unit that
a person works for; the names of a unit are for its own officers alone."""

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("assignment_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("officer_id", pg.UUID(as_uuid=True)),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_assignments_complaint_id", "complaint_id"),
)
"""Who was given a case within its unit, by whom and when; ``officer_id`` is null where it was taken
back. Nothing is deleted here."""

unwatchings = sa.Table(
    "unwatchings",
    metadata,
    sa.Column("unwatching_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_unwatchings_complaint_id", "complaint_id"),
)
"""Which unit has stopped watching a case, by whom and when."""

internal_notes = sa.Table(
    "internal_notes",
    metadata,
    sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_unit", sa.Text, nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_internal_notes_complaint_id", "complaint_id", "at"),
)
"""What officers write to each other about a case (class C1). No event refers to it, so no other
service can ask for it. ``text``: null once the reporter's data was erased: it may quote them."""

reply_templates = sa.Table(
    "reply_templates",
    metadata,
    sa.Column("unit_id", sa.Text, primary_key=True),
    sa.Column("template_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("changed_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
)
"""Words that a unit uses again and again. ``actor``: who changed or removed it last."""

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("officer_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("view_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", pg.JSONB, nullable=False),
    sa.Column("changed_at", pg.TIMESTAMP(timezone=True), nullable=False),
)
"""Filters of the inbox that an officer has kept for himself."""

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("card_id", sa.BigInteger, sa.Identity(), nullable=False),
    *(
        sa.Column(
            f"{name}_square",
            sa.Integer,
            sa.Computed(f"CAST(floor({name} / 0.0025) AS integer)", persisted=True),
        )
        for name in ("latitude", "longitude")
    ),
    sa.Index(
        "ix_texts_square",
        "latitude_square",
        "longitude_square",
        "complaint_id",
        postgresql_where=sa.text("latitude_square IS NOT NULL"),
        postgresql_include=["latitude", "longitude"],
    ),
    sa.UniqueConstraint("card_id"),
)
"""A copy of what a citizen wrote (class C1), blank when the reporter is erased. ``refs``: the
contents that it was made of. ``words``: of the complaint, then of what was added, a line each.
``address``, ``latitude``, ``longitude``: the place as it was given. ``card_id``: see `cards`.
``latitude_square``, ``longitude_square``: where neighbours are looked for
(`services.routing.neighbours.store`)."""

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("card_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sought", pg.TSVECTOR, nullable=False),
    sa.Column("lexemes", sa.Text, nullable=False, server_default=""),
    sa.Column("keys", pg.ARRAY(sa.Text), nullable=False),
    sa.Index("ix_cards_sought", "sought", "keys", postgresql_using="gin"),
)
"""By what a case is found: the words of its reporter and of the place (``sought``), and its
``keys`` (`services.routing.texts.keys`). An earlier release alone writes ``lexemes``.

It names no complaint: `texts` leads from a card to its case. Row-level security stands before these
two. It would keep the words from their index, whose operators are not leakproof (PostgreSQL's
manual, "Rules and privileges"): each search would read every row."""

vocabulary = sa.Table(
    "vocabulary",
    metadata,
    sa.Column("word", sa.Text, primary_key=True),
    sa.Index(
        "ix_vocabulary_letters", "word", postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    ),
)  # fmt: skip
"""The longer words that stand on any card, each once: among them are found those that are spelled
like what an officer has typed. Who has written a word is not told here, and it goes with the last
card that had it."""

slips = sa.Table(
    "slips",
    metadata,
    sa.Column("card_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("unit_id", sa.Text, primary_key=True),
    sa.Column("ground", sa.Text, primary_key=True),
    sa.Column("tab", sa.Text, nullable=False),
    sa.Column("judged_by", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("kelurahan_code", sa.Text),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("next_due_at", pg.TIMESTAMP(timezone=True)),
    sa.Index("ix_slips_unit_id", "unit_id"),
)
"""One slip for each unit that has to do with an open case: its holder, its judge (``judged_by`` on
the slips of all), and whoever has passed it on. Inboxes are counted and sorted by them: they are
small and lie close together, where the open cases lie scattered among all that are closed.

Like `cards` they name no complaint; a case that a slip leads to is shown if it may be seen."""

openings = sa.Table(
    "openings",
    metadata,
    sa.Column("opening_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_unit", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("media_ref", pg.UUID(as_uuid=True)),
    sa.Index("ix_openings_at", "at", "opening_id"),
    sa.Index(
        "ix_openings_media_ref",
        "complaint_id",
        postgresql_where=sa.text("media_ref IS NOT NULL"),
    ),
)
"""Which officer has opened which restricted case, or which locked file of any case (``media_ref``),
and when. Nothing is changed or deleted here."""

case_media = sa.Table(
    "case_media",
    metadata,
    sa.Column("ref", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("content_ref", pg.UUID(as_uuid=True)),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("flags", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_case_media_complaint_id", "complaint_id"),
)
"""Files of cases, the reporters' and officers' evidence, as intake and media tell of them (class
C0). ``at``: since when it is in ``state`` (`services.routing.domain.MediaState`). A row may
stand here before there is a case: media may be heard before routing itself has decided."""

renewals = sa.Table(
    "renewals",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("taken_until", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("kept_until", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("claim", sa.Text),
    sa.Index("ix_renewals_kept_until", "kept_until"),
)
"""Who of the console's replicas renews a session now, and for some minutes what came of it:
``name`` is the digest of a refresh token, ``outcome`` is sealed by keys that routing has not,
``claim`` is the key by which the one who renews is known again."""

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content_ref", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("from_category", sa.Text),
    sa.Column("to_category", sa.Text),
    sa.Column("from_unit", sa.Text, nullable=False),
    sa.Column("to_unit", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("rules_version", sa.Integer),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
)
"""What officers put right (`services.routing.learning.correcting`, class C0): by reference to the
words, and gone when their reporter is erased. ``version``: of the case after the act."""

rule_versions = sa.Table(
    "rule_versions",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", pg.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("based_on", sa.Integer, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_by_unit", sa.Text, nullable=False),
    sa.Column("proposed_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Versions of the rules as they were proposed. A trigger keeps rows as they are, here and in
``rule_activations``. JSON and not JSONB: people compare a version with the file that they sent."""

rule_activations = sa.Table(
    "rule_activations",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("number", sa.Integer, sa.ForeignKey("routing.rule_versions.number"), nullable=False),
    sa.Column("valid_from", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("activated_by", sa.Text, nullable=False),
    sa.Column("activated_by_unit", sa.Text, nullable=False),
    sa.Column("activated_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Which version decides from when on: the last that has begun. Who activates did not propose."""

classifier_models = sa.Table(
    "classifier_models",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", pg.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("registered_by", sa.Text, nullable=False),
    sa.Column("registered_by_unit", sa.Text, nullable=False),
    sa.Column("registered_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.UniqueConstraint("digest", name="uq_classifier_models_digest"),
)
"""Models that are asked beside the rules (`services.routing.model.document`). Rows are added, never
changed, as of ``classifier_switches``. The newest is in shadow unless it decides."""

classifier_switches = sa.Table(
    "classifier_switches",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "number", sa.Integer, sa.ForeignKey("routing.classifier_models.number"), nullable=False
    ),
    sa.Column("decides", sa.Boolean, nullable=False),
    sa.Column("switched_by", sa.Text, nullable=False),
    sa.Column("switched_by_unit", sa.Text, nullable=False),
    sa.Column("switched_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Which model decides where the rules doubt: that of the last row, if the row says so."""
