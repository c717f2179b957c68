"""Turnovers, plates and versions: an index of the folders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "turnover",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("n_bytes", sa.BigInteger, nullable=False),
        sa.Column("n_files", sa.Integer, nullable=False),
        sa.Column("created", sa.String, nullable=False),
    )
    op.create_table(
        "plate",
        sa.Column("shot", sa.String, primary_key=True),
        sa.Column("label", sa.String, primary_key=True),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_table(
        "version",
        sa.Column("shot", sa.String, primary_key=True),
        sa.Column("department", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
    )
