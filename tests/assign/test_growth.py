"""Over rounds: the golden sample grows without bias, with the inclusion probabilities that are recorded."""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import cache

from mergecheck.assign.design import Design, Earlier, GoldenDrawn, Sampleable
from mergecheck.assign.round import draw_round
from mergecheck.assign.seal import Seal
from mergecheck.records import GOLDEN, Reviewer

DESIGN = Design((Reviewer("ada", ()),), 0.4, reserve_share=0.15)
FIRST, LATER = 13, 7
"""Instances of rounds 1 and 3: neither number is a whole one times any of the shares."""
STUDIES = 300


def instances(begin: int, size: int) -> list[tuple[str, str]]:
    return [(f"i{n:02}", f"o/{'ab'[n % 3 == 0]}") for n in range(begin, begin + size)]


def golden(new: list[tuple[str, str]]) -> list[Sampleable]:
    return [Sampleable(GOLDEN, True, name, repo, f"g{name}") for name, repo in new]


def agent(model: str, over: list[tuple[str, str]]) -> list[Sampleable]:
    return [Sampleable(model, False, name, repo, f"{model}{name}") for name, repo in over]


@cache
def grown(key: int) -> dict[str, GoldenDrawn]:
    """The golden sample after four rounds: a study begins, gets a model, then instances, then another model."""
    seal = Seal(key.to_bytes(32, "big"), 1)
    old, new = instances(0, FIRST), instances(FIRST, LATER)
    steps = [
        golden(old) + agent("m1", old),
        agent("m2", old),
        golden(new) + agent("m1", new),
        agent("m3", old + new),
    ]
    known: dict[str, GoldenDrawn] = {}
    models: set[str] = set()
    repositories = dict(old + new)
    for number, due in enumerate(steps, start=1):
        earlier = Earlier(golden=tuple(known.values()), submissions=frozenset(models))
        for draw in draw_round(due, earlier, DESIGN, number, seal).draws:
            models.add(draw.submission)
            if draw.submission == GOLDEN:
                since = known[draw.instance].since if draw.instance in known else number
                assert not (draw.instance in known and known[draw.instance].sampled and not draw.sampled)
                known[draw.instance] = GoldenDrawn(
                    draw.instance,
                    repositories[draw.instance],
                    since,
                    draw.inclusion_probability,
                    draw.sampled,
                    f"g{draw.instance}",
                )
    return known


def test_the_baseline_over_rounds_is_unbiased_with_the_recorded_probabilities():
    chance = random.Random(7)
    names = [name for name, _ in instances(0, FIRST + LATER)]
    accepted = {name: chance.random() < 0.6 for name in names}
    truth = sum(accepted.values()) / len(names)
    totals, often = [], Counter[str]()
    for key in range(STUDIES):
        sample = grown(key)
        # Old instances were drawn with .4, then twice more with .15; those of round 3 once.
        assert {round(sample[name].share, 9) for name in names[:FIRST]} == {0.7}
        assert {round(sample[name].share, 9) for name in names[FIRST:]} == {0.55}
        often.update(name for name, one in sample.items() if one.sampled)
        totals.append(sum(accepted[name] / one.share for name, one in sample.items() if one.sampled) / len(names))
    mean = math.fsum(totals) / STUDIES
    error = math.sqrt(math.fsum((one - mean) ** 2 for one in totals) / (STUDIES - 1) / STUDIES)
    assert abs(mean - truth) < 4 * error
    # Every instance is drawn as often as its probability says: five standard errors for twenty of them.
    for name in names:
        share = 0.7 if name in names[:FIRST] else 0.55
        assert abs(often[name] / STUDIES - share) < 5 * math.sqrt(share * (1 - share) / STUDIES)


def test_weights_are_what_makes_it_so():
    """The negative control: the plain mean over the sample is off where shares and acceptance go together."""
    names = [name for name, _ in instances(0, FIRST + LATER)]
    accepted = {name: n < FIRST for n, name in enumerate(names)}
    truth = FIRST / len(names)
    plain, weighted = [], []
    for key in range(STUDIES):
        drawn = [one for one in grown(key).values() if one.sampled]
        plain.append(sum(accepted[one.instance] for one in drawn) / len(drawn))
        weighted.append(
            sum(accepted[one.instance] / one.share for one in drawn) / sum(1 / one.share for one in drawn)
        )
    assert math.fsum(plain) / len(plain) - truth > 0.04
    assert abs(math.fsum(weighted) / len(weighted) - truth) < 0.01
