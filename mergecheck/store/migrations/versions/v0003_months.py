"""A study over months: attempts as they were drawn, why assignments were made, amendments and handovers."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_DRAWN = ("grade", "disposition", "patch_digest")


def upgrade() -> None:
    """Add tables and columns; draws take what they froze from the attempts, which no pull has changed since."""
    op.create_table(
        "amendments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.id"]),
        sa.ForeignKeyConstraint(["round"], ["rounds.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "replaced",
        sa.Column("assignment", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["assignment"], ["assignments.id"]),
        sa.ForeignKeyConstraint(["round"], ["rounds.number"]),
        sa.PrimaryKeyConstraint("assignment"),
    )
    op.add_column("events", sa.Column("collected_at", sa.String(), nullable=True))
    op.add_column("assignments", sa.Column("why", sa.String(), nullable=False, server_default="drawn"))
    op.add_column("assignments", sa.Column("conflict", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in _DRAWN:
        op.add_column("draws", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("candidates", sa.Column("contents", sa.String(), nullable=False, server_default=""))
    op.create_index("candidates_by_contents", "candidates", ["instance", "contents"])
    _fill_draws(op.get_bind())
    _fill_contents(op.get_bind())


def _fill_contents(connection: sa.Connection) -> None:
    candidates = sa.table("candidates", sa.column("id"), sa.column("files", sa.JSON()), sa.column("contents"))
    for row in connection.execute(sa.select(candidates.c.id, candidates.c.files)).all():
        connection.execute(
            sa.update(candidates).where(candidates.c.id == row.id).values(contents=_contents(row.files))
        )


def _contents(files: list[dict[str, str | None]]) -> str:
    # As `CanonicalChange.contents` was when this was written.
    keys = ("path", "old_path", "kind", "old_digest", "old_mode", "new_digest", "new_mode")
    parts = ["", *(file[key] or "" for file in files for key in keys)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _fill_draws(connection: sa.Connection) -> None:
    attempts = sa.table(
        "attempts", *(sa.column(name) for name in ("submission", "instance", "patch", "grade", "disposition"))
    )
    draws = sa.table("draws", *(sa.column(name) for name in ("submission", "instance", *_DRAWN)))
    for row in connection.execute(
        sa.select(attempts).where(
            sa.tuple_(attempts.c.submission, attempts.c.instance).in_(
                sa.select(draws.c.submission, draws.c.instance)
            )
        )
    ):
        connection.execute(
            sa.update(draws)
            .where(draws.c.submission == row.submission, draws.c.instance == row.instance)
            .values(
                grade=row.grade,
                disposition=row.disposition,
                patch_digest=hashlib.sha256(row.patch).hexdigest(),
            )
        )
