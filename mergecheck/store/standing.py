"""Which assignments still stand, and what the next round has to know of the earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from mergecheck.assign.conflicts import ToReview
from mergecheck.assign.design import Earlier, GoldenDrawn, Reissue, Sampleable, Shown
from mergecheck.records import GOLDEN, Disposition
from mergecheck.store.amendments import given_out_anew, pending_reissues, withdrawn
from mergecheck.store.drawn import (
    Drawn,
    Key,
    as_drawn,
    attempt_rows,
    made_today,
    newest_draws,
    standing_candidates,
)
from mergecheck.store.schema import assignments, candidates, instances, replaced


class Standing(StrEnum):
    """What has become of an assignment."""

    STANDS = "stands"
    HANDED_OVER = "handed_over"
    """Somebody else has it now; a verdict that comes all the same counts."""
    REISSUED = "reissued"
    """It was given out anew: what was said of what it showed does not count."""
    WITHDRAWN = "withdrawn"
    """Its candidate was: nothing that was said of it counts."""
    SUPERSEDED = "superseded"
    """Its candidate is no attempt's of the study any more: the attempt has changed, or its submission has left."""


def standings(connection: Connection, coming: Mapping[Key, str | None] | None = None) -> dict[str, Standing]:
    """What has become of each assignment, or will have once what is `coming` is drawn (as in `drawn`)."""
    gone = withdrawn(connection)
    known = standing_candidates(connection, coming)
    why = {row.assignment: row.why for row in connection.execute(select(replaced))}
    anew = given_out_anew(connection)
    query = select(assignments.c.id, assignments.c.candidate, assignments.c.round)
    found = {}
    for name, candidate, number in connection.execute(query):
        if candidate in gone:
            found[name] = Standing.WITHDRAWN
        elif candidate not in known:
            found[name] = Standing.SUPERSEDED
        elif number < anew.get(candidate, 0):
            # Whoever had it, and whether or not they were given it anew themselves.
            found[name] = Standing.REISSUED
        else:
            found[name] = Standing.HANDED_OVER if name in why else Standing.STANDS
    return found


def _shown(connection: Connection, standing: Mapping[str, Standing]) -> list[Shown]:
    """Every assignment of every round, by round, reviewer and position; live as this says."""
    query = (
        select(assignments, candidates.c.instance, instances.c.repo)
        .join(candidates, candidates.c.id == assignments.c.candidate)
        .join(instances, instances.c.id == candidates.c.instance)
        .order_by(assignments.c.round, assignments.c.reviewer, assignments.c.position)
    )
    return [
        Shown(
            assignment=row["id"],
            reviewer=row["reviewer"],
            candidate=row["candidate"],
            instance=row["instance"],
            repo=row["repo"],
            round=row["round"],
            live=standing[row["id"]] is Standing.STANDS,
            repeat_of=row["repeat_of"],
        )
        for row in connection.execute(query).mappings()
    ]


def earlier_rounds(connection: Connection, due: Iterable[Sampleable] = ()) -> Earlier:
    """What the next round has to know, which is to draw what is `due`."""
    drawn = newest_draws(connection)
    rows = {(row["submission"], row["instance"]): row for row in attempt_rows(connection)}
    coming = {(one.submission, one.instance): one.candidate for one in due}
    golden = {
        candidate
        for (submission, _), row in rows.items()
        if submission == GOLDEN
        for candidate in (row["candidate"], as_drawn(row, drawn.get((submission, row["instance"]))))
        if candidate is not None
    }
    shown = _shown(connection, standings(connection, coming))
    gone = frozenset(withdrawn(connection))
    # Handed-over work is somebody else's, and what is to be given out anew keeps its old place till then.
    placed = {one.candidate for one in shown if one.live} | gone
    return Earlier(
        golden=tuple(_golden_drawn(connection, rows, drawn)),
        shown=tuple(shown),
        unplaced=tuple(
            ToReview(one.candidate, one.instance, rows[key]["repo"], one.candidate in golden)
            for key, one in drawn.items()
            # What has changed since is drawn as it is now.
            if key in rows
            and key not in coming
            and one.sampled
            and one.candidate is not None
            and one.candidate not in placed
        ),
        reissues=tuple(_reissues(connection)),
        submissions=frozenset(name for name, _ in drawn),
        withdrawn=gone,
        golden_candidates=frozenset(golden),
    )


def _golden_drawn(
    connection: Connection, rows: Mapping[Key, dict[str, Any]], drawn: Mapping[Key, Drawn]
) -> Iterator[GoldenDrawn]:
    """Every golden attempt that was ever drawn, in scope or not."""
    repositories = {row.id: row.repo for row in connection.execute(select(instances.c.id, instances.c.repo))}
    for key, one in drawn.items():
        if key[0] == GOLDEN and key in rows:
            yield _golden(rows[key], one)
        elif key[0] == GOLDEN:
            repo = repositories[one.instance]
            yield GoldenDrawn(
                one.instance, repo, one.since, one.inclusion_probability, one.sampled, None, in_scope=False
            )


def _golden(row: dict[str, Any], drawn: Drawn) -> GoldenDrawn:
    # What waits in the reserve was never seen: it is shown as today's rules make it, like the rest of its round.
    today = row["candidate"] if row["disposition"] == Disposition.REVIEWABLE else None
    return GoldenDrawn(
        instance=row["instance"],
        repo=row["repo"],
        since=drawn.since,
        share=drawn.inclusion_probability,
        sampled=drawn.sampled,
        candidate=drawn.candidate if drawn.sampled else today,
    )


def _reissues(connection: Connection) -> list[Reissue]:
    shown = _shown(connection, standings(connection))
    return [
        Reissue(was.assignment, was.reviewer, was.candidate, candidate, was.instance, was.repo)
        for one in pending_reissues(connection)
        for was in shown
        if was.candidate == one.candidate and was.live and was.repeat_of is None
        for candidate in sorted(made_today(connection, one.candidate))
    ]
