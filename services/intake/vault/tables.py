"""The tables of the schema ``vault``."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("vault")

sealed_reporters = sa.Table(
    "sealed_reporters",
    metadata,
    sa.Column("ref", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("sealed", pg.BYTEA, nullable=False),
    sa.Column("original", pg.BYTEA),
    sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("key_id", pg.BYTEA),
    sa.Column("senders", pg.ARRAY(pg.BYTEA)),
    sa.Column("code_key_id", sa.Text),
    sa.Index("ix_sealed_reporters_complaint_id", "complaint_id"),
    sa.Index("ix_sealed_reporters_key_id", "key_id", "ref"),
)
"""Who reported (C2) and the message as it came (C3). Written by intake, which may do nothing
else here; opened by the vault's process alone. ``key_id``: of the key pair it was sealed for.
``senders``: keyed digests by which a later message's sender is compared, and nothing else told
(the function ``same_sender``). ``code_key_id``: of the key that the complaint's tracking code is
made by; NULL in rows that tell no code, and of before keys had ids."""

access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("ref", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Index("ix_access_log_complaint_id", "complaint_id"),
)
"""Each opening of a sealed row: who, what for, which, when."""

reveals = sa.Table(
    "reveals",
    metadata,
    sa.Column("reveal_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("asked_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("expires_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_note", sa.Text),
    sa.Column("confirmed_at", pg.TIMESTAMP(timezone=True)),
    sa.Index("ix_reveals_expires_at", "expires_at"),
)
"""Who asked to read originals, and who agreed (`services.intake.vault.reveals`)."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("erased_at", pg.TIMESTAMP(timezone=True), nullable=False),
)
"""Complaints whose reporter is erased: their refs are gone and not merely unknown."""
