"""The tables of `study.db`. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single facts about the study: when it was closed, as `closed_at`."""

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("command", String, nullable=False),
    Column("what", Text, nullable=False),
)
"""What was done to the study and when, never changed: pulls, rounds, unblindings."""

instances = Table(
    "instances",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("repo", String, nullable=False),
    Column("base_commit", String, nullable=False),
    Column("problem_statement", Text, nullable=False),
    Column("hints", Text, nullable=False, server_default=""),
    Column("golden_patch", Text, nullable=False),
    Column("test_patch", Text, nullable=False),
    Column("difficulty", String),
    Column("created_at", String),
    Column("in_scope", Boolean, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("name", String, primary_key=True),
    Column("model", String, nullable=False),
    Column("released", String),
    Column("agent", String, nullable=False),
    Column("is_golden", Boolean, nullable=False),
    Column("in_study", Boolean, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("formats", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    Column("digest", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Whole texts of files, issues and folders of base trees, by SHA-256, compressed with zlib."""

trees = Table(
    "trees",
    metadata,
    Column("instance", ForeignKey("instances.id"), primary_key=True),
    Column("base_commit", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("commits", JSON, nullable=False),
)
"""An instance's base tree: the digest of its topmost folder among `texts`.

`base_commit` is the one it was read at; a later pull may change the instance's. `commits`: those that the issue
names → whether the base commit's history holds them.
"""

candidates = Table(
    "candidates",
    metadata,
    Column("id", String, primary_key=True),
    Column("instance", ForeignKey("instances.id"), nullable=False),
    Column("rules", String, nullable=False),
    Column("files", JSON, nullable=False),
    Column("contents", String, nullable=False, server_default=""),
    Index("candidates_by_contents", "instance", "contents"),
)
"""Written once and never changed. `contents` is the digest of the change without the rules that made it."""

attempts = Table(
    "attempts",
    metadata,
    Column("submission", ForeignKey("submissions.name"), nullable=False),
    Column("instance", ForeignKey("instances.id"), nullable=False),
    Column("patch", LargeBinary, nullable=False),
    Column("grade", String, nullable=False),
    Column("grade_source", String, nullable=False),
    Column("file", String, nullable=False),
    Column("row", Integer),
    Column("disposition", String),
    Column("made_with", String),
    Column("detail", Text, nullable=False, default=""),
    Column("rung", String),
    Column("left_out", JSON, nullable=False, default=list),
    Column("candidate", ForeignKey("candidates.id")),
    PrimaryKeyConstraint("submission", "instance"),
)
"""`disposition` is empty until the change has been made; `made_with` names the rules and policies used."""

skips = Table(
    "skips",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("submission", ForeignKey("submissions.name"), nullable=False),
    Column("file", String, nullable=False),
    Column("row", Integer),
    Column("instance", String),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("frozen_at", String, nullable=False),
    Column("settings", JSON, nullable=False),
)

draws = Table(
    "draws",
    metadata,
    Column("round", ForeignKey("rounds.number"), nullable=False),
    Column("submission", ForeignKey("submissions.name"), nullable=False),
    Column("instance", ForeignKey("instances.id"), nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("inclusion_probability", Float, nullable=False),
    Column("why", String, nullable=False),
    Column("candidate", ForeignKey("candidates.id")),
    Column("grade", String, nullable=False, server_default=""),
    Column("disposition", String, nullable=False, server_default=""),
    Column("patch_digest", String, nullable=False, server_default=""),
    PrimaryKeyConstraint("round", "submission", "instance"),
)
"""The attempt as it was drawn, whatever a later pull makes of it. `patch_digest`: SHA-256 (hex)."""

assignments = Table(
    "assignments",
    metadata,
    Column("id", String, primary_key=True),
    Column("reviewer", String, nullable=False),
    Column("candidate", ForeignKey("candidates.id"), nullable=False),
    Column("round", ForeignKey("rounds.number"), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("repeat_of", ForeignKey("assignments.id")),
    Column("why", String, nullable=False, server_default="drawn"),
    Column("conflict", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("reviewer", "round", "position"),
)

amendments = Table(
    "amendments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("candidate", ForeignKey("candidates.id"), nullable=False),
    Column("what", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("round", ForeignKey("rounds.number")),
)
"""Candidates that were withdrawn or are to be given out anew; the newest about a candidate holds.

`round` is the one that gave it out anew, empty while it waits for that.
"""

replaced = Table(
    "replaced",
    metadata,
    Column("assignment", ForeignKey("assignments.id"), primary_key=True),
    Column("round", ForeignKey("rounds.number"), nullable=False),
    Column("why", String, nullable=False),
)
"""Assignments that nobody waits for any more: reissued, or handed over to others, in `round`."""

packets = Table(
    "packets",
    metadata,
    Column("digest", String, primary_key=True),
    Column("round", ForeignKey("rounds.number"), nullable=False),
    Column("reviewer", String, nullable=False),
    Column("file", String, nullable=False),
    UniqueConstraint("round", "reviewer"),
)

events = Table(
    "events",
    metadata,
    Column("id", String, primary_key=True),
    Column("packet", ForeignKey("packets.digest"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("line", Text, nullable=False),
    Column("collected_at", String),
)
"""Answers as they came, a line an event; the lines' own chain says which follows which.

`collected_at` is by the organiser's clock, empty for what was collected before it was kept.
"""

audit_decisions = Table(
    "audit_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("finding", String, nullable=False),
    Column("leak", Integer, nullable=False),
    Column("instance", ForeignKey("instances.id")),
    Column("literal", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("decision", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("round", Integer, nullable=False),
)
"""What was decided about what `audit blinding` found; the newest about a finding holds.

`round` is the last that was out by then, 0 before the first: what is redacted is redacted in later ones.
"""

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("program", String, nullable=False),
    Column("what", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("plan", JSON, nullable=False),
)
"""`[analysis]` whole, each time that it was seen to be another one; never changed.

`what`: `locked`, with the first round, or `seen`. `program` is the version that saw it.
"""

looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("program", String, nullable=False),
    Column("command", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("verdicts", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
)
"""Each time that the primary result was shown: under which plan, over how many verdicts; never changed."""

pull_requests = Table(
    "pull_requests",
    metadata,
    Column("instance", ForeignKey("instances.id"), primary_key=True),
    Column("repo", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("url", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("author", String),
    Column("commit_authors", JSON, nullable=False),
    Column("committers", JSON, nullable=False),
    Column("unlinked", JSON, nullable=False),
    Column("reviewers", JSON, nullable=False),
    Column("requested", JSON, nullable=False),
    Column("requested_teams", JSON, nullable=False),
    Column("merged_by", String),
    Column("created_at", String, nullable=False),
    Column("first_review_at", String),
    Column("merged_at", String),
    Column("closed_at", String),
    Column("closes", JSON, nullable=False),
    Column("mentions", JSON, nullable=False),
    Column("fetched_at", String, nullable=False),
)
"""The pull request behind an instance's golden patch, as GitHub had it at `fetched_at`. Never in a packet."""
