"""Its tables as they are in the end."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("sla")
sa.Table(
    "cases",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("about_unit", sa.Text),
    sa.Index("ix_cases_unit_id", "unit_id"),
)
