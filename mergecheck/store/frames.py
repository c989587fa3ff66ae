"""The two tidy frames: the public face of a study for analysis.

**attempts**, a row an attempt in the study, and **reviews**, a row an assignment with its verdict; the columns are
those of the design, and their dtypes those that `mergecheck.stats.frames` states.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from mergecheck.records import GOLDEN, Disposition, Review
from mergecheck.stats.frames import ATTEMPTS, REVIEWS, check_attempts, check_reviews
from mergecheck.store import schema
from mergecheck.store.amendments import withdrawn
from mergecheck.store.answers import reviews as all_reviews
from mergecheck.store.blinding import leaky_assignments
from mergecheck.store.drawn import Drawn, as_drawn, attempt_rows, newest_draws
from mergecheck.store.schema import assignments, candidates, draws, instances
from mergecheck.store.standing import Standing, standings


def makers(connection: Connection) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Candidate → its instance and the submissions that made it. Unblinds: for the simulator only.

    What was handed out counts whatever `study.toml` says today, so that every packet can be answered.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    for table in (draws, schema.attempts):
        query = select(table.c.submission, table.c.instance, table.c.candidate).where(
            table.c.candidate.is_not(None)
        )
        for submission, instance, candidate in connection.execute(query):
            found.setdefault(candidate, (instance, set()))[1].add(submission)
    return {candidate: (instance, tuple(sorted(names))) for candidate, (instance, names) in found.items()}


def attempts_frame(connection: Connection) -> pd.DataFrame:
    """The attempts frame. A drawn attempt is as its newest draw has it; a withdrawn candidate's are dropped."""
    drawn = newest_draws(connection)
    gone = withdrawn(connection)
    rows = [
        _attempt(row, drawn.get((row["submission"], row["instance"])), gone) for row in attempt_rows(connection)
    ]
    golden = {row["instance"]: row["candidate"] for row in rows if row["submission"] == GOLDEN}
    for row in rows:
        row["same_as_golden"] = (
            row["submission"] != GOLDEN
            and row["candidate"] is not None
            and row["candidate"] == golden.get(row["instance"])
        )
    frame = pd.DataFrame(rows, columns=list(ATTEMPTS))
    frame["released"] = pd.to_datetime(frame["released"])
    return check_attempts(frame)


def _attempt(row: dict[str, Any], drawn: Drawn | None, gone: Collection[str]) -> dict[str, Any]:
    candidate = as_drawn(row, drawn)
    disposition = row["disposition"] if drawn is None else drawn.disposition
    return {
        "submission": row["submission"],
        "model": row["model"],
        "released": row["released"],
        "agent": row["agent"],
        "is_golden": row["is_golden"],
        "instance": row["instance"],
        "repo": row["repo"],
        "difficulty": row["difficulty"],
        "grade": row["grade"] if drawn is None else drawn.grade,
        "disposition": str(Disposition.DROPPED) if candidate in gone else disposition,
        "candidate": candidate,
        "sampled": drawn is not None and drawn.sampled,
        "inclusion_probability": math.nan if drawn is None else drawn.inclusion_probability,
        "round": None if drawn is None else drawn.round,
    }


def reviews_frame(connection: Connection, attempts: pd.DataFrame) -> pd.DataFrame:
    """The reviews frame: every assignment that stands, with its verdict where one has come back.

    Left out are assignments that were withdrawn, given out anew, or superseded (see `Standing`), and those that
    were handed over, unless a verdict has come all the same. Three columns more: `conflict` marks reviewers who
    wrote, reviewed or merged the fix, `why` says why the candidate was shown, and `leak` what was decided about
    something in it that gives its author away: `accept`, or `redact` where that came after it was shown.

    Args:
        connection: to the study.
        attempts: its attempts frame.
    """
    returned = all_reviews(connection)
    standing = standings(connection)
    leaky = leaky_assignments(connection)
    query = (
        select(assignments, candidates.c.instance, instances.c.repo)
        .join(candidates, candidates.c.id == assignments.c.candidate)
        .join(instances, instances.c.id == candidates.c.instance)
        .order_by(assignments.c.round, assignments.c.reviewer, assignments.c.position)
    )
    rows = [
        {
            "assignment": row["id"],
            "candidate": row["candidate"],
            "instance": row["instance"],
            "repo": row["repo"],
            "reviewer": row["reviewer"],
            "round": row["round"],
            "wave": row["wave"],
            "position": row["position"],
            "repeat_of": row["repeat_of"],
            **_review(returned.get(row["id"], Review(row["id"]))),
            "conflict": row["conflict"],
            "why": row["why"],
            "leak": None if row["id"] not in leaky else str(leaky[row["id"]]),
        }
        for row in connection.execute(query).mappings()
        if in_frame(standing[row["id"]], returned.get(row["id"]))
    ]
    frame = pd.DataFrame(rows, columns=[*REVIEWS, "conflict", "why", "leak"])
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], format="ISO8601", utc=True)
    return check_reviews(frame, attempts)


def in_frame(standing: Standing, review: Review | None) -> bool:
    """Whether an assignment is a row of the reviews frame."""
    if standing is Standing.HANDED_OVER:
        return review is not None and review.verdict is not None
    return standing is Standing.STANDS


def _review(review: Review) -> dict[str, Any]:
    verdict, guess = review.verdict, review.guess
    return {
        "decision": None if verdict is None else str(verdict.decision),
        "decision_final": None if review.final is None else str(review.final.decision),
        "reason": None if verdict is None else verdict.reason,
        "progress": None if verdict is None else verdict.progress,
        "confidence": None if verdict is None else verdict.confidence,
        "baseline_minutes": None if verdict is None else verdict.baseline_minutes,
        "active_minutes": None if verdict is None else review.active_seconds / 60,
        "guess": None if guess is None else str(guess.author),
        "guess_confidence": None if guess is None else guess.confidence,
        "recognised": None if guess is None else str(guess.recognised),
        "skip_reason": None if verdict is None else verdict.skip_reason,
        "front": None if review.front is None else str(review.front),
        "simulated": review.simulated,
        "submitted_at": review.submitted_at,
    }
