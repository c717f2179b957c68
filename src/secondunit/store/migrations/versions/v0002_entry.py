"""The chain of signed lines, and guards against accidents.

The guards are not the proof: whoever may write to the database may drop a trigger. The proof is the chain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NEVER = "a line of the ledger is never "


def upgrade() -> None:
    """Make the table, what it is searched by, and its guards."""
    # In SQLite a primary key of this very type is the row's own number.
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "entry",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
    )
    op.create_index("entry_by_kind", "entry", ["kind", "subject", "number"])
    op.create_index("entry_by_subject", "entry", ["subject", "number"])
    op.create_table("belongs_to", sa.Column("code", sa.String, primary_key=True))
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRES:
        op.execute(sa.text(statement))


_SQLITE = (
    "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry "
    f"BEGIN SELECT RAISE(ABORT, '{_NEVER}changed'); END",
    "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry "
    f"BEGIN SELECT RAISE(ABORT, '{_NEVER}removed'); END",
    "CREATE TRIGGER entry_is_never_replaced BEFORE INSERT ON entry "
    "WHEN EXISTS (SELECT 1 FROM entry WHERE number = NEW.number) "
    f"BEGIN SELECT RAISE(ABORT, '{_NEVER}changed'); END",
)
_POSTGRES = (
    "CREATE FUNCTION entry_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_NEVER}changed or removed' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE OR DELETE ON entry "
    "FOR EACH ROW EXECUTE FUNCTION entry_is_never_changed()",
    "CREATE TRIGGER entry_is_never_emptied BEFORE TRUNCATE ON entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION entry_is_never_changed()",
)
