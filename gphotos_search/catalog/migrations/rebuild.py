"""Change a table that SQLite cannot alter in place, without losing what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy import text

SEQUENCE = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
RAISE_SEQUENCE = text("UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = :table")
ADD_SEQUENCE = text(
    "INSERT INTO sqlite_sequence (name, seq) SELECT :table, :seq"
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table)"
)
TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


@contextmanager
def rebuilt(table: str, *, autoincrement: bool = True) -> Iterator[BatchOperations]:
    """Batch operations on a table, as Alembic's, that keep AUTOINCREMENT, the ids it has handed
    out (also of rows that are gone) and all triggers: those of other tables that name this one
    would otherwise stop SQLite from putting the new table in its place.

    Alembic drops the old table: with foreign keys on, that would delete every child row.
    upgrade.py switches them off around all migrations and checks them after.
    """
    connection = op.get_bind()
    highest = connection.execute(SEQUENCE, {"table": table}).scalar()
    triggers = connection.execute(TRIGGERS).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    with op.batch_alter_table(
        table, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
    ) as batch:
        yield batch
    for _, statement in triggers:
        connection.exec_driver_sql(statement)
    if autoincrement and highest is not None:
        connection.execute(RAISE_SEQUENCE, {"table": table, "seq": highest})
        connection.execute(ADD_SEQUENCE, {"table": table, "seq": highest})
