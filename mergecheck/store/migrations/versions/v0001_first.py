"""The first version of the schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "facts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "instances",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("base_commit", sa.String(), nullable=False),
        sa.Column("problem_statement", sa.Text(), nullable=False),
        sa.Column("golden_patch", sa.Text(), nullable=False),
        sa.Column("test_patch", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=True),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rounds",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "submissions",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("released", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("is_golden", sa.Boolean(), nullable=False),
        sa.Column("in_study", sa.Boolean(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["instances.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "packets",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["rounds.number"]),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("round", "reviewer"),
    )
    op.create_table(
        "skips",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("instance", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("repeat_of", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.id"]),
        sa.ForeignKeyConstraint(["repeat_of"], ["assignments.id"]),
        sa.ForeignKeyConstraint(["round"], ["rounds.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reviewer", "round", "position"),
    )
    op.create_table(
        "attempts",
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("patch", sa.LargeBinary(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("grade_source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("made_with", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("rung", sa.String(), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.id"]),
        sa.ForeignKeyConstraint(["instance"], ["instances.id"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"]),
        sa.PrimaryKeyConstraint("submission", "instance"),
    )
    op.create_table(
        "draws",
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("inclusion_probability", sa.Float(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.id"]),
        sa.ForeignKeyConstraint(["instance"], ["instances.id"]),
        sa.ForeignKeyConstraint(["round"], ["rounds.number"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"]),
        sa.PrimaryKeyConstraint("round", "submission", "instance"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("packet", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["packets.digest"]),
        sa.PrimaryKeyConstraint("id"),
    )
