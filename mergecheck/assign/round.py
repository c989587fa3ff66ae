"""Draw a round: what is sampled, and everybody's queue. Pure: attempts in, draws and queues out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mergecheck.assign.draw import draw_attempts, draw_golden
from mergecheck.assign.queue import Queue, Work, deal, make_queue
from mergecheck.assign.seal import Seal
from mergecheck.records import Draw, Reviewer


@dataclass(frozen=True, slots=True)
class Sampleable:
    """An attempt that can be reviewed: it passed the grader (golden always has) and has a candidate."""

    submission: str
    is_golden: bool
    instance: str
    repo: str
    candidate: str


@dataclass(frozen=True, slots=True)
class DrawnRound:
    """A round: every draw, sampled or not, and a queue for each reviewer who has something to do."""

    draws: tuple[Draw, ...]
    queues: tuple[Queue, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """How rounds are drawn: the golden share in (0, 1], the waves (None: as many as needed), who reviews."""

    golden_share: float
    waves: int | None
    reviewers: tuple[Reviewer, ...]


def draw_round(
    fresh: Sequence[Sampleable], handed_out: Collection[str], design: Design, number: int, seal: Seal
) -> DrawnRound:
    """Draw a round from attempts that no round has drawn.

    The queues are a function of the drawn candidates, the reviewers, the round and the seal. Which submission made
    a candidate decides only whether it is drawn.

    Args:
        fresh: the attempts; golden ones are sampled by instance, the others all.
        handed_out: candidates that somebody has been handed already; they are not handed out again.
        design: how to draw.
        number: the round's number, from 1.
        seal: the study's.

    Raises:
        AssignError: nobody reviews a repository, or an instance has more candidates than there are waves.
    """
    golden = {one.instance: one.repo for one in fresh if one.is_golden}
    passing: dict[str, list[str]] = defaultdict(list)
    for one in fresh:
        if not one.is_golden:
            passing[one.submission].append(one.instance)
    draws = draw_golden(golden, design.golden_share, number, seal) + draw_attempts(passing, number)
    work = _work(fresh, handed_out, {(draw.submission, draw.instance) for draw in draws if draw.sampled})
    dealt = deal(work, design.reviewers, seal, number)
    queues = [make_queue(name, share, seal, number, design.waves) for name, share in dealt.items() if share]
    return DrawnRound(tuple(draws), tuple(queues))


def _work(
    fresh: Sequence[Sampleable], handed_out: Collection[str], sampled: Collection[tuple[str, str]]
) -> list[Work]:
    """Each instance's sampled candidates, each once, whoever and however many made it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in fresh:
        if (one.submission, one.instance) in sampled and one.candidate not in handed_out:
            found[one.instance, one.repo].add(one.candidate)
    return [Work(instance, repo, tuple(sorted(ids))) for (instance, repo), ids in sorted(found.items())]
