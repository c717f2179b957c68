"""Whose database it is stands in the first line of the ledger, so the table that named a code goes."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Drop the table."""
    op.drop_table("belongs_to")
