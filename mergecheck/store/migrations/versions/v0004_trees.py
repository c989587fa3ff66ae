"""Base trees, and the benchmark's hints."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a table and a column. Rounds that are out have no trees and stay so; hints come with the next pull."""
    op.create_table(
        "trees",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("base_commit", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("commits", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["instances.id"]),
        sa.PrimaryKeyConstraint("instance"),
    )
    op.add_column("instances", sa.Column("hints", sa.Text(), nullable=False, server_default=""))
