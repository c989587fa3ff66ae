"""What a round's sizes mean for intervals, before any verdict of it is known.

Only sizes come in. The shares that precision depends on are assumed and stated (`Assumed`), never looked up, so
nothing is unblinded. All are approximations for planning: candidates count as independent, where the estimates
themselves leave out instance by instance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from mergecheck.errors import StatsError
from mergecheck.stats.intervals import check_level, wilson


def share_half_width(n: int, share: float = 0.5, level: float = 0.95) -> float | None:
    """Half the width of Wilson's interval where `share` of n are accepted; a fraction of 1.

    z/(1 + z²/n) · √(p(1 − p)/n + z²/4n²) (Wilson 1927); widest at a share of one half. None where n is 0.

    Raises:
        StatsError: n is negative, the share not in [0, 1], or the level not in (.5, 1).
    """
    _check(n, level)
    _check_share(share, closed=True)
    if n == 0:
        return None
    low, high = wilson(share * n, n, level)
    return (high - low) / 2


def relative_rate_factor(
    n: int, n_golden: int, share: float = 0.45, golden: float = 0.68, level: float = 0.95
) -> float | None:
    """By what factor C/G is uncertain either way: its interval is from C/G divided by this to C/G times this.

    exp(z·√((1 − c)/(n·c) + (1 − g)/(m·g))) with c accepted of n and g of m golden ones: the delta method on the
    log ratio of two independent shares (Katz, Baptista, Azen & Pike 1978). The estimate itself is paired by
    instance, and what makes an issue hard makes it hard for both, so this errs on the wide side.

    Args:
        n: attempts of the submission with a verdict.
        n_golden: golden attempts in the sample, with a verdict.
        share: c, in (0, 1).
        golden: g, in (0, 1).
        level: of confidence.

    Returns:
        A number of at least 1; None where either side is empty.

    Raises:
        StatsError: a number is negative, a share not in (0, 1), or the level not in (.5, 1).
    """
    _check(n, level)
    _check(n_golden, level)
    _check_share(share)
    _check_share(golden)
    if n == 0 or n_golden == 0:
        return None
    variance = (1 - share) / (n * share) + (1 - golden) / (n_golden * golden)
    return math.exp(_quantile(0.5 + level / 2) * math.sqrt(variance))


def drift_half_width(n_again: int, flip: float = 0.2, level: float = 0.95) -> float | None:
    """Half the width of the interval of a difference in acceptance between two rounds that is 0; a fraction of 1.

    z·√(ψ/n): each of n candidates is reviewed in both rounds, and the difference of its two verdicts is −1, 0 or 1
    with variance ψ, the share whose two verdicts differ (McNemar 1947; Agresti 2013, 11.1.1). At most 1; None
    where n is 0.

    Raises:
        StatsError: n is negative, `flip` (ψ) not in (0, 1), or the level not in (.5, 1).
    """
    _check(n_again, level)
    _check_share(flip)
    if n_again == 0:
        return None
    return min(1.0, _quantile(0.5 + level / 2) * math.sqrt(flip / n_again))


def detectable_drift(n_again: int, flip: float = 0.2, level: float = 0.95, power: float = 0.8) -> float | None:
    """The smallest difference in acceptance between two rounds that candidates shown again would show.

    McNemar's test of n pairs has this power where δ√n = z_a·√ψ + z_b·√(ψ − δ²), with ψ the share of pairs whose
    verdicts differ (Miettinen 1968; Connor 1987). Solved for δ, with s = (z_a·√n + z_b·√(n + z_b² − z_a²)) /
    (n + z_b²), it is s·√ψ. Where that is more than ψ, which no difference can be, ψ grows to δ itself, all pairs
    that differ then differing the same way: δ = s². The test without correction has more power than
    asked for where few pairs differ; the exact test has .75 to .79 in place of .8, from 20 pairs on.

    Args:
        n_again: candidates with a verdict in both rounds.
        flip: ψ, in (0, 1): how often two verdicts on the same change differ.
        level: one minus the two-sided error.
        power: in [.5, 1).

    Returns:
        A fraction of 1; None where so few show no difference at all.

    Raises:
        StatsError: a number is out of its range.
    """
    _check(n_again, level)
    _check_share(flip)
    if not 0.5 <= power < 1:
        raise StatsError(f"a power of {power} is not at least .5 and below 1", fix="give .8, say")
    z_a, z_b = _quantile(0.5 + level / 2), _quantile(power)
    if n_again <= z_a**2:
        return None
    s = (z_a * math.sqrt(n_again) + z_b * math.sqrt(n_again + z_b**2 - z_a**2)) / (n_again + z_b**2)
    return s * max(math.sqrt(flip), s)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for true while no verdict may be read.

    `share`: accepted, for the width of a plain share (one half: the widest). `rate` and `golden`: accepted of a
    submission's candidates and of golden ones, for C/G (golden as in METR's study, 32/47). `flip`: how often two
    verdicts on the same change differ. `power`: of finding a drift.
    """

    share: float = 0.5
    rate: float = 0.45
    golden: float = 0.68
    flip: float = 0.2
    power: float = 0.8


@dataclass(frozen=True, slots=True)
class RoundSizes:
    """A round in numbers.

    `golden_before` and `golden_now` are the golden sample before and after the round; `golden_in_reserve` golden
    candidates that no round has drawn, after this one, and `rounds_left` how many more rounds they last at the
    study's share (None: there are none, or none are drawn). `again` earlier candidates are shown again. `new` is
    submission → candidates to review, as pairs.

    `from_reserve` says how much of the sample's growth came out of the reserve: None means all of it, or nothing
    where there was no sample before. `earlier` is how many candidates could be shown again, None where not known.
    `reserve_share` and `earlier_share` are the study's shares, for naming the alternatives only.
    """

    golden_before: int
    golden_now: int
    golden_in_reserve: int
    rounds_left: int | None
    again: int
    new: tuple[tuple[str, int], ...]
    from_reserve: int | None = None
    earlier: int | None = None
    reserve_share: float | None = None
    earlier_share: float | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another share would mean: `times` the study's, `share` itself where it is known.

    `items` is what the round would hold of them; `n` what its precision would rest on; `half_width` that of G, or
    of a drift, as a fraction of 1.
    """

    times: int
    share: float | None
    items: int
    n: int
    half_width: float | None


@dataclass(frozen=True, slots=True)
class SubmissionPrecision:
    """Of a submission's n new candidates: half the width of C (a fraction of 1), and the factor of C/G."""

    submission: str
    n: int
    half_width: float | None
    factor: float | None


@dataclass(frozen=True, slots=True)
class RoundPrecision:
    """What a round's sizes mean for its intervals; None where there is nothing to have an interval of.

    `golden_before` and `golden_now` are half widths of G, `drift` and `detectable` of and for a difference in
    acceptance between this round and earlier ones; all fractions of 1. `reserve` and `earlier` hold the
    alternatives, the study's own choice among them (times = 1).
    """

    sizes: RoundSizes
    level: float
    assumed: Assumed
    golden_before: float | None
    golden_now: float | None
    drift: float | None
    detectable: float | None
    submissions: tuple[SubmissionPrecision, ...]
    reserve: tuple[Alternative, ...]
    earlier: tuple[Alternative, ...]


def round_precision(sizes: RoundSizes, level: float = 0.95, assumed: Assumed | None = None) -> RoundPrecision:
    """What a round's sizes mean for intervals, and what other shares would have meant.

    Raises:
        StatsError: a size is negative, or the level or an assumed share out of its range.
    """
    given = assumed or Assumed()
    return RoundPrecision(
        sizes=sizes,
        level=level,
        assumed=given,
        golden_before=share_half_width(sizes.golden_before, given.share, level),
        golden_now=share_half_width(sizes.golden_now, given.share, level),
        drift=drift_half_width(sizes.again, given.flip, level),
        detectable=detectable_drift(sizes.again, given.flip, level, given.power),
        submissions=tuple(
            SubmissionPrecision(
                name,
                n,
                share_half_width(n, given.share, level),
                relative_rate_factor(n, sizes.golden_now, given.rate, given.golden, level),
            )
            for name, n in sizes.new
        ),
        reserve=_reserve_alternatives(sizes, given, level),
        earlier=_earlier_alternatives(sizes, given, level),
    )


def _reserve_alternatives(sizes: RoundSizes, assumed: Assumed, level: float) -> tuple[Alternative, ...]:
    """None where the round takes nothing from the reserve: there is no share to multiply."""
    taken = sizes.from_reserve
    if taken is None:
        taken = sizes.golden_now - sizes.golden_before if sizes.golden_before else 0
    if taken <= 0:
        return ()
    most = taken + sizes.golden_in_reserve
    found = []
    for times in (0, 1, 2):
        items = min(times * taken, most)
        n = sizes.golden_now - taken + items
        half_width = share_half_width(n, assumed.share, level)
        found.append(Alternative(times, _times(sizes.reserve_share, times), items, n, half_width))
    return tuple(found)


def _earlier_alternatives(sizes: RoundSizes, assumed: Assumed, level: float) -> tuple[Alternative, ...]:
    """None where nothing is shown again."""
    if not sizes.again:
        return ()
    most = 2 * sizes.again if sizes.earlier is None else sizes.earlier
    found = []
    for times in (0, 1, 2):
        n = min(times * sizes.again, max(most, sizes.again))
        half_width = drift_half_width(n, assumed.flip, level)
        found.append(Alternative(times, _times(sizes.earlier_share, times), n, n, half_width))
    return tuple(found)


def _times(share: float | None, times: int) -> float | None:
    return None if share is None else min(1.0, share * times)


def _quantile(probability: float) -> float:
    return float(special.ndtri(probability))


def _check(n: int, level: float) -> None:
    check_level(level)
    if n < 0:
        raise StatsError(f"{n} is no number of candidates", fix="give 0 or more")


def _check_share(share: float, *, closed: bool = False) -> None:
    if not (0 <= share <= 1 if closed else 0 < share < 1):
        raise StatsError(f"{share} is not a share {'from 0 to 1' if closed else 'between 0 and 1'}")
