"""The two tidy frames: the public face of a study for analysis.

**attempts**, a row an attempt in the study, and **reviews**, a row an assignment with its verdict; the columns are
those of the design, and their dtypes those that `mergecheck.stats.frames` states.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from mergecheck.records import GOLDEN, Review
from mergecheck.stats.frames import ATTEMPTS, REVIEWS, check_attempts, check_reviews
from mergecheck.store import schema
from mergecheck.store.answers import reviews as all_reviews
from mergecheck.store.schema import assignments, candidates, draws, instances, submissions


def makers(connection: Connection) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Candidate → its instance and the submissions that made it. Unblinds: for the simulator only.

    What was handed out counts whatever `study.toml` says today, so that every packet can be answered.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    drawn = {(row.submission, row.instance): row.candidate for row in connection.execute(select(draws))}
    query = select(schema.attempts.c.submission, schema.attempts.c.instance, schema.attempts.c.candidate)
    for submission, instance, made in connection.execute(query):
        candidate = drawn.get((submission, instance)) or made
        if candidate is not None:
            found.setdefault(candidate, (instance, set()))[1].add(submission)
    return {candidate: (instance, tuple(sorted(names))) for candidate, (instance, names) in found.items()}


def attempts_frame(connection: Connection) -> pd.DataFrame:
    """The attempts frame. A handed-out attempt has the candidate that was handed out."""
    drawn = {
        (row["submission"], row["instance"]): row
        for row in connection.execute(select(draws).order_by(draws.c.round)).mappings()
    }
    query = (
        select(
            schema.attempts,
            submissions.c.model,
            submissions.c.released,
            submissions.c.agent,
            submissions.c.is_golden,
        )
        .add_columns(instances.c.repo, instances.c.difficulty)
        .join(submissions, submissions.c.name == schema.attempts.c.submission)
        .join(instances, instances.c.id == schema.attempts.c.instance)
        .where(instances.c.in_scope, submissions.c.in_study)
        .order_by(submissions.c.name, instances.c.number)
    )
    rows = [
        _attempt(dict(row), drawn.get((row["submission"], row["instance"])))
        for row in connection.execute(query).mappings()
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


def _attempt(row: dict[str, Any], draw: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    return {
        "submission": row["submission"],
        "model": row["model"],
        "released": row["released"],
        "agent": row["agent"],
        "is_golden": row["is_golden"],
        "instance": row["instance"],
        "repo": row["repo"],
        "difficulty": row["difficulty"],
        "grade": row["grade"],
        "disposition": row["disposition"],
        "candidate": draw["candidate"] if draw is not None and draw["candidate"] else row["candidate"],
        "sampled": draw is not None and draw["sampled"],
        "inclusion_probability": math.nan if draw is None else draw["inclusion_probability"],
        "round": None if draw is None else draw["round"],
    }


def reviews_frame(connection: Connection, attempts: pd.DataFrame) -> pd.DataFrame:
    """The reviews frame: every assignment, with its verdict where one has come back.

    Args:
        connection: to the study.
        attempts: its attempts frame.
    """
    returned = all_reviews(connection)
    # A submission or an instance that study.toml no longer lists takes its reviews out of the analysis.
    known = set(attempts["candidate"].dropna())
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
        }
        for row in connection.execute(query).mappings()
        if row["candidate"] in known
    ]
    frame = pd.DataFrame(rows, columns=list(REVIEWS))
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], format="ISO8601", utc=True)
    return check_reviews(frame, attempts)


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
