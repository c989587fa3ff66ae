"""Who reviews which candidate: dealt at random between those who may, in proportion to their time.

Nothing here knows which submission made a candidate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mergecheck.assign.seal import Seal
from mergecheck.records import Reviewer, Why


@dataclass(frozen=True, slots=True)
class Request:
    """A candidate that one of `able` is to review, by pseudonym; never empty.

    `repeat_of` is the assignment that showed it to the same reviewer before: then `able` is that reviewer alone.
    `replaces` is the assignment that this one stands for.
    """

    candidate: str
    instance: str
    able: tuple[str, ...]
    why: Why = Why.DRAWN
    repeat_of: str | None = None
    replaces: str | None = None


def weights(reviewers: Sequence[Reviewer]) -> dict[str, float]:
    """How much of the work each reviewer takes: their hours; who says nothing counts as the mean of the others."""
    said = [reviewer.hours for reviewer in reviewers if reviewer.hours is not None]
    mean = math.fsum(said) / len(said) if said else 1.0
    return {reviewer.id: mean if reviewer.hours is None else reviewer.hours for reviewer in reviewers}


class Dealer:
    """Deals a round's requests; what was dealt before counts as load.

    Args:
        share: reviewer → how much of the work, as `weights` gives it.
        seal: the study's.
        round_number: the round's.
    """

    def __init__(self, share: Mapping[str, float], seal: Seal, round_number: int) -> None:
        self._share = share
        self._seal = seal
        self._round = round_number
        self._load: Counter[str] = Counter()

    def deal(self, requests: Sequence[Request]) -> list[tuple[str, Request]]:
        """Give each request to the one of those able who has least to do for their time; chance settles ties."""
        by_instance: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            by_instance[request.instance].append(request)
        given = []
        for instance in self._seal.order(by_instance, "deal", self._round):
            mine = {_key(one): one for one in by_instance[instance]}
            for key in self._seal.order(mine, "deal", self._round, instance):
                given.append((self._chosen(mine[key]), mine[key]))
        return given

    def _chosen(self, request: Request) -> str:
        order = self._seal.order(request.able, "deal", self._round, request.candidate)
        rank = {name: place for place, name in enumerate(order)}
        chosen = min(request.able, key=lambda name: (self._load[name] / self._share[name], rank[name]))
        self._load[chosen] += 1
        return chosen


def _key(request: Request) -> str:
    """Tells a round's requests apart: a candidate may be shown again to several reviewers."""
    again = request.repeat_of or request.replaces
    return request.candidate if again is None else f"{request.candidate} {again}"
