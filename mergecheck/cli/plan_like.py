"""Planning from a study: its size, and what it has shown so far that may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergecheck.cli.terminal import talk

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mergecheck.stats.plan_assumed import Assumed
    from mergecheck.study import Study


@dataclass(frozen=True)
class Like:
    """The assumptions that a study gives, and its own size as the choices."""

    assumed: Assumed
    instances: tuple[int, ...]
    models: tuple[int, ...]
    golden_share: tuple[float, ...]
    reviewers: tuple[int, ...]
    overlap: tuple[float, ...]


def like(folder: Path, base: Assumed) -> Like:
    """What a study says. Of an open one no decision is read; of a closed one this counts as a look.

    Args:
        folder: the study's.
        base: what holds where it says nothing.

    Raises:
        Refused: it has no instances in scope yet.
        StoreError: it has no data yet.
    """
    from mergecheck.errors import Refused
    from mergecheck.stats.plan_like import assumed_like
    from mergecheck.store.counts import count_instances
    from mergecheck.store.database import Database, fact
    from mergecheck.store.frames import attempts_frame, reviews_frame
    from mergecheck.study import load_study

    study = load_study(folder)
    with Database.open(study.database).reading() as connection:
        closed = fact(connection, "closed_at") is not None
        attempts = attempts_frame(connection)
        reviews = reviews_frame(connection, attempts)
        instances = count_instances(connection)
    if not instances:
        raise Refused("the study has no instances yet", where=str(folder), fix="run `mergecheck pull` first")
    assumed = assumed_like(attempts, reviews, base, verdicts=closed)
    if closed:
        _count_look(study, attempts, reviews)
    else:
        talk("The study is open: its grades and minutes are read, its decisions are not.")
    active = sum(one.active for one in study.reviewers)
    return Like(
        assumed=assumed,
        instances=(instances,),
        models=(len(assumed.models),),
        golden_share=tuple(dict.fromkeys((study.golden_share, 1.0))),
        reviewers=(active or 4,),
        overlap=(_overlap(study, assumed, instances) if active != 1 else 0.0,),
    )


def _overlap(study: Study, assumed: Assumed, instances: int) -> float:
    """As a share; a number of candidates is one of those that are expected."""
    if isinstance(study.overlap, float):
        return study.overlap
    candidates = instances * (study.golden_share + sum(one.pass_rate for one in assumed.models))
    return min(1.0, study.overlap / candidates)


def _count_look(study: Study, attempts: pd.DataFrame, reviews: pd.DataFrame) -> None:
    from mergecheck.cli.looking import Seen
    from mergecheck.cli.planning import count_look

    decided = reviews["decision"].notna()
    seen = Seen(study, attempts, reviews, (), 0)
    count_look(seen, int(decided.sum()), int((decided & reviews["simulated"]).sum()), "plan")
