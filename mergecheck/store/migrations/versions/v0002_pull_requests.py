"""The pull requests behind golden patches."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "pull_requests",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("commit_authors", sa.JSON(), nullable=False),
        sa.Column("committers", sa.JSON(), nullable=False),
        sa.Column("unlinked", sa.JSON(), nullable=False),
        sa.Column("reviewers", sa.JSON(), nullable=False),
        sa.Column("requested", sa.JSON(), nullable=False),
        sa.Column("requested_teams", sa.JSON(), nullable=False),
        sa.Column("merged_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("first_review_at", sa.String(), nullable=True),
        sa.Column("merged_at", sa.String(), nullable=True),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.Column("closes", sa.JSON(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["instances.id"]),
        sa.PrimaryKeyConstraint("instance"),
    )
