"""How often the intervals hold the truth, in simulated studies of which it is known. Writes docs/coverage.md.

    python benchmarks/coverage.py                    2,000 studies a setting, two processes
    python benchmarks/coverage.py --studies 200      a shorter run; prints, and writes only with --output
    python benchmarks/coverage.py --kept FILE        counts what is done in FILE, and goes on from there
    python benchmarks/coverage.py --part horizons    counts that part alone (with --kept, beside what is there)

Two settings: METR's size (95 instances, 47 golden, 5 models, 4 reviewers) and a quarter of it. A study is drawn by
the generator that `simulate` and planning use; the truth of its rates, over issues like its own and its reviewers,
comes from quadrature. Then every number of the main table gets every interval that is offered, those that are
refused included as negative controls. `coverage_further` does the same for everything beside the main table.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from coverage_further import PARTS
from coverage_further import tally as further
from scipy import special

from mergecheck.records import GOLDEN
from mergecheck.stats.bootstrap import BY_INSTANCE, Bootstrap, Named, by_draws, clustered, intervals
from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape
from mergecheck.stats.generate import Parameters, intercept, quadrature
from mergecheck.stats.generate_cells import SimulatedCells, simulate_cells
from mergecheck.stats.generate_study import Design, Simulated, study_truth
from mergecheck.stats.jackknife import Sample, sample
from mergecheck.stats.metr import metr_of
from mergecheck.stats.over_reviewers import OVER_WIDE, by_reviewer, two_way
from mergecheck.stats.quantities import Quantities, Quantity, quantities
from mergecheck.stats.rates import SubmissionRates, gap, golden_baseline, merge_rate, pass_rate, reviewed_share
from mergecheck.stats.ratios import gap_set, relative_conditional_rate, relative_merge_rate
from mergecheck.stats.resampling import draws
from mergecheck.stats.trend import level_gap, trend

OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
LEVEL = 0.95
RESAMPLES = 2000
CHUNK = 20
ENOUGH = 2000
ACCEPTANCE = {"old": 0.38, "second": 0.36, "third": 0.37, "fourth": 0.35, "new": 0.44, GOLDEN: 0.68}
METR_SIZE = Design(
    (
        Simulated("old", date(2024, 6, 20), 0.36),
        Simulated("second", date(2025, 2, 24), 0.58),
        Simulated("third", date(2025, 5, 22), 0.70),
        Simulated("fourth", date(2025, 8, 7), 0.65),
        Simulated("new", date(2025, 9, 29), 0.73),
    ),
    n_instances=95,
    golden_share=47 / 95,
    grade_sd=2.7,
    shared=0.3,
)
QUARTER = Design(METR_SIZE.submissions, n_instances=24, golden_share=0.5, grade_sd=2.7, shared=0.3)
SETTINGS = {"METR's size": METR_SIZE, "a quarter": QUARTER}
REPOSITORIES = (32, 44, 19)
"""METR's instances a repository: what a bootstrap of three repositories would draw."""

METHODS = (
    "default", "Fieller", "percentile", "BCa", "metr", "metr, golden resampled", "instance × reviewer (4)",
    "repositories (3)",
)  # fmt: skip
MAIN = "main table"
Tally = Counter[tuple[Quantity, str, str, str]]
"""Quantity, submission, method, and "held", "low" (the interval lies below the truth), "high" or "none"."""


def truths(
    parameters: Parameters, design: Design, whole: Sample, table: Quantities
) -> dict[tuple[Quantity, str], float]:
    """The true value of every row of the table, in its unit."""
    true = study_truth(parameters, design)
    names = [who.name for who in whole.cells.submissions]
    found: dict[tuple[Quantity, str], float] = {}
    for name, rates in true.items():
        found |= {
            (Quantity.PASS, name): rates.pass_rate,
            (Quantity.CONDITIONAL, name): rates.conditional_rate,
            (Quantity.MERGE, name): rates.merge_rate,
            (Quantity.RELATIVE_MERGE, name): rates.relative_merge_rate,
            (Quantity.RELATIVE_CONDITIONAL, name): rates.relative_conditional_rate,
            (Quantity.GAP, name): rates.gap,
        }
        found[Quantity.GOLDEN, ""] = rates.golden
    found[Quantity.LEVEL_GAP, ""] = math.nan
    if len(table.gap_columns):
        found[Quantity.LEVEL_GAP, ""] = float(np.mean([true[names[column]].gap for column in table.gap_columns]))
    points = [true[names[column]] for column in table.trend_columns]
    slopes = {
        Quantity.SLOPE_PASS: [one.pass_rate for one in points],
        Quantity.SLOPE_MERGE: [one.merge_rate for one in points],
        Quantity.SLOPE_RELATIVE: [one.relative_merge_rate for one in points],
        Quantity.DIFFERENCE: [one.gap for one in points],
        Quantity.DIFFERENCE_RAW: [one.pass_rate - one.merge_rate for one in points],
    }
    for quantity, values in slopes.items():
        found[quantity, ""] = float(table.slopes @ np.array(values)) if len(table.slopes) else math.nan
    return found


def defaults(whole: Sample) -> Iterator[tuple[Quantity, str, str, Estimate | ConfidenceSet]]:
    """What the report prints, with Fieller's sets beside the ratios."""
    rates = []
    for column, who in enumerate(whole.cells.submissions):
        merge = relative_merge_rate(whole, column, LEVEL)
        conditional = relative_conditional_rate(whole, column, LEVEL)
        rate = SubmissionRates(
            submission=who.name,
            model=who.model,
            released=who.released,
            agent=who.agent,
            in_scope=int(whole.totals.scope[column]),
            passes=int(whole.totals.passed[column]),
            reviewed=int(whole.totals.reviewed[column]),
            coverage=float(whole.totals.scope[column]) / whole.cells.known_instances,
            pass_rate=pass_rate(whole, column, LEVEL),
            conditional_rate=reviewed_share(whole, column, LEVEL),
            merge_rate=merge_rate(whole, column, LEVEL),
            relative_merge_rate=merge.delta,
            relative_conditional_rate=conditional.delta,
            gap=gap(whole, column, LEVEL),
        )
        rates.append(rate)
        yield Quantity.PASS, who.name, "default", rate.pass_rate
        yield Quantity.CONDITIONAL, who.name, "default", rate.conditional_rate
        yield Quantity.MERGE, who.name, "default", rate.merge_rate
        yield Quantity.RELATIVE_MERGE, who.name, "default", rate.relative_merge_rate
        yield Quantity.RELATIVE_CONDITIONAL, who.name, "default", rate.relative_conditional_rate
        yield Quantity.GAP, who.name, "default", rate.gap
        yield Quantity.RELATIVE_MERGE, who.name, "Fieller", merge.fieller
        yield Quantity.RELATIVE_CONDITIONAL, who.name, "Fieller", conditional.fieller
        yield Quantity.GAP, who.name, "Fieller", gap_set(whole, column, LEVEL)
    yield Quantity.GOLDEN, "", "default", golden_baseline(whole, LEVEL)
    overall = level_gap(whole, tuple(rates), LEVEL)
    yield Quantity.LEVEL_GAP, "", "default", overall.estimate
    yield Quantity.LEVEL_GAP, "", "Fieller", overall.fieller
    fits = trend(whole, tuple(rates), LEVEL)
    yield Quantity.SLOPE_PASS, "", "default", fits.grader
    yield Quantity.SLOPE_MERGE, "", "default", fits.merged
    yield Quantity.SLOPE_RELATIVE, "", "default", fits.maintainers
    yield Quantity.DIFFERENCE, "", "default", fits.difference
    yield Quantity.DIFFERENCE, "", "Fieller", fits.difference_fieller
    yield Quantity.DIFFERENCE_RAW, "", "default", fits.difference_raw


def resampled(
    study: SimulatedCells, whole: Sample, table: Quantities, seed: int
) -> Iterator[tuple[str, Bootstrap]]:
    """The bootstraps: the one that is offered, the over-wide option, and the one that is refused."""
    n = len(whole.cells.instances)
    yield (
        "instance",
        intervals(whole, table, by_draws(table, draws(n, RESAMPLES, seed), RESAMPLES), LEVEL, BY_INSTANCE),
    )
    both = two_way(whole.cells, table, by_reviewer(study.apart), RESAMPLES, seed)
    yield "instance × reviewer (4)", intervals(whole, table, both, LEVEL, OVER_WIDE)
    edges = np.cumsum(REPOSITORIES) * n / sum(REPOSITORIES)
    by_repository = clustered(table, [str(np.searchsorted(edges, place + 0.5)) for place in range(n)])
    replicates = by_draws(by_repository, draws(len(REPOSITORIES), RESAMPLES, seed), RESAMPLES)
    named = Named("repositories", "bootstrap of repositories")
    yield "repositories (3)", intervals(whole, by_repository, replicates, LEVEL, named)


def all_intervals(
    study: SimulatedCells, whole: Sample, table: Quantities, seed: int
) -> Iterator[tuple[Quantity, str, str, Estimate | ConfidenceSet]]:
    """Every interval of a study: quantity, submission, method, interval."""
    yield from defaults(whole)
    for name, found in resampled(study, whole, table, seed):
        for row in found.rows:
            yield row.quantity, row.submission, "percentile" if name == "instance" else name, row.percentile
            if name == "instance":
                yield row.quantity, row.submission, "BCa", row.bca
    for golden in (False, True):
        method = "metr, golden resampled" if golden else "metr"
        for one in metr_of(whole, LEVEL, golden_resampled=golden, resamples=RESAMPLES, seed=seed).rows:
            yield one.quantity, one.submission, method, one.estimate


def verdict(interval: Estimate | ConfidenceSet, true: float) -> str:
    """Whether it holds the truth, and on which side it misses."""
    nothing = interval.low is None and interval.high is None
    if nothing and not (isinstance(interval, ConfidenceSet) and interval.shape is Shape.LINE):
        return "none"
    if interval.covers(true):
        return "held"
    return "low" if interval.high is not None and interval.high < true else "high"


def tally(design: Design, seeds: range) -> Tally:
    """What the intervals of these studies did."""
    found: Tally = Counter()
    for seed in seeds:
        parameters = Parameters(ACCEPTANCE, seed=seed)
        study = simulate_cells(parameters, design)
        whole = sample(study.cells)
        table = quantities(whole)
        true = truths(parameters, design, whole, table)
        for quantity, name, method, interval in all_intervals(study, whole, table, seed):
            found[quantity, name, method, verdict(interval, true[quantity, name])] += 1
    return found


def both(seeds: range, parts: Sequence[str]) -> dict[str, dict[str, Counter[tuple[str, ...]]]]:
    """Part → setting → its tally. Either the main table, or parts of what is beside it; keys are text only."""
    found: dict[str, dict[str, Counter[tuple[str, ...]]]] = {part: {} for part in parts}
    for setting, design in SETTINGS.items():
        if parts == (MAIN,):
            found[MAIN][setting] = Counter({tuple(map(str, key)): n for key, n in tally(design, seeds).items()})
            continue
        for part, counts in further(design, ACCEPTANCE, seeds, parts).items():
            found[part][setting] = Counter({tuple(key): n for key, n in counts.items()})
    return found


@dataclass
class Run:
    """What has been counted of a part: so many `studies` a setting, and what their intervals did."""

    studies: int
    found: dict[str, Counter[tuple[str, ...]]]


def nothing_yet() -> dict[str, Run]:
    """Before the first study."""
    return {part: Run(0, {setting: Counter() for setting in SETTINGS}) for part in (MAIN, *PARTS)}


def read_kept(file: Path) -> dict[str, Run]:
    """What an earlier run has counted; nothing where there is no such file."""
    if not file.exists():
        return nothing_yet()
    kept = json.loads(file.read_text(encoding="utf-8"))
    return nothing_yet() | {
        part: Run(
            one["studies"],
            {setting: Counter({tuple(key): n for *key, n in rows}) for setting, rows in one["found"].items()},
        )
        for part, one in kept.items()
    }


def keep(runs: dict[str, Run], file: Path) -> None:
    """Write what has been counted, whole or not at all."""
    kept = {}
    for part, one in runs.items():
        found = {setting: [[*key, n] for key, n in rows.items()] for setting, rows in one.found.items()}
        kept[part] = {"studies": one.studies, "found": found}
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(kept), encoding="utf-8")
    beside.replace(file)


def run(
    runs: dict[str, Run],
    studies: int,
    workers: int,
    minutes: float = math.inf,
    file: Path | None = None,
    parts: Sequence[str] = (MAIN, *PARTS),
) -> None:
    """Count studies up to `studies`, or as many as the minutes allow; a chunk that is counted is kept."""
    # Products are small: a process each, without threads of its own.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    began = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for together in _together(runs, parts):
            done = runs[together[0]].studies
            chunks = [range(start, min(start + CHUNK, studies)) for start in range(done, studies, CHUNK)]
            for chunk, found in zip(chunks, pool.map(both, chunks, [together] * len(chunks)), strict=True):
                for part, tallies in found.items():
                    for setting, tallied in tallies.items():
                        runs[part].found[setting].update(tallied)
                    runs[part].studies += len(chunk)
                if file is not None:
                    keep(runs, file)
                passed = time.perf_counter() - began
                told = f"{', '.join(together)}: {chunk.stop} of {studies} studies, {passed:.0f} s"
                print(told, file=sys.stderr, flush=True)
                if passed > 60 * minutes:
                    pool.shutdown(cancel_futures=True)
                    return


def _together(runs: dict[str, Run], parts: Sequence[str]) -> list[tuple[str, ...]]:
    """What can be counted in the same simulated studies: the parts beside the main table that are equally far."""
    groups: dict[tuple[bool, int], list[str]] = {}
    for part in parts:
        groups.setdefault((part == MAIN, runs[part].studies), []).append(part)
    return [tuple(group) for group in groups.values()]


def main_tally(rows: Counter[tuple[str, ...]]) -> Tally:
    """The counts of the main table with their quantities."""
    return Counter({(Quantity(of), name, method, outcome): n for (of, name, method, outcome), n in rows.items()})


def coverage(found: Tally, quantity: Quantity, method: str, name: str | None = None) -> tuple[float, int, int]:
    """Coverage where there was an interval (NaN without any), how many there were, and how many there were not."""
    counts: Counter[str] = Counter()
    for (of, submission, by, outcome), times in found.items():
        if of is quantity and by == method and name in (None, submission):
            counts[outcome] += times
    made = counts.total() - counts["none"]
    return (counts["held"] / made if made else math.nan), made, counts["none"]


def correlation(design: Design) -> float:
    """Mean φ between two submissions' grades on an instance, by quadrature."""
    nodes, weights = quadrature()
    alphas = [intercept(one.pass_rate, design.grade_sd) for one in design.submissions]
    shares = special.expit(np.array(alphas)[:, None] + design.grade_sd * nodes[None, :])
    mean = shares @ weights
    joint = (shares * weights) @ shares.T
    spread = np.sqrt(mean * (1 - mean))
    phi = (joint - np.outer(mean, mean)) / np.outer(spread, spread)
    return float(phi[np.triu_indices(len(alphas), 1)].mean())


def decimals(value: float) -> str:
    """Three decimals without the zero before them; a dash where there is nothing."""
    return "–" if math.isnan(value) else f"{value:.3f}".replace("0.", ".", 1)


def page(tallies: dict[str, Tally], studies: int, beside: Mapping[str, Run]) -> str:
    """The text of docs/coverage.md."""
    parts = [*_introduction(studies), *_tables(tallies), *_verdicts(tallies), *_missing(tallies)]
    if any(one.studies for one in beside.values()):
        parts += _beside(beside)
    return "\n".join(parts) + "\n"


def _introduction(studies: int) -> Iterator[str]:
    error, phi = math.sqrt(LEVEL * (1 - LEVEL) / studies), correlation(METR_SIZE)
    yield from (
        "# Coverage of the intervals",
        "",
        "Written by `python benchmarks/coverage.py`; not edited by hand.",
        "",
        f"Share of {studies:,} simulated studies a setting in which a nominal 95 % interval held the truth. A",
        f"share of .950 has a simulation error of ±{error:.3f} (one standard error); where a number stands for",
        "the five models it is their mean, and its error is between that and half of it.",
        "",
        "Two settings: **METR's size** (95 instances, 47 golden patches, 5 models, 4 reviewers, one reviewer a",
        "change) and **a quarter** (24 instances, 12 golden). Between the grades of two models φ is",
        f"{phi:.2f} on average, an instance's difficulty is shared by golden and all models, reviewers differ in",
        "leniency. The truth, over issues like these and these reviewers, is computed by quadrature, anew for the",
        f"reviewers of each study. Bootstraps draw {RESAMPLES:,} resamples.",
        "",
        "*Default* is what the report prints: Wilson or Clopper–Pearson for A, C, M, G; the paired delta on the",
        "log ratio for M/G and C/G; the instance jackknife with t for all else. *Percentile*, *BCa*: the paired",
        "bootstrap by instance, refused below 80 instances (a quarter shows why). The last four are no",
        "defaults: METR's method; the same with golden patches resampled by themselves; instances × reviewers,",
        "over-wide with so few reviewers; and the bootstrap of three repositories, which is refused.",
    )


def _tables(tallies: dict[str, Tally]) -> Iterator[str]:
    for setting, found in tallies.items():
        yield from ("", f"## {setting[0].upper()}{setting[1:]}", "", f"| | {' | '.join(METHODS)} |")
        yield "|---" * (len(METHODS) + 1) + "|"
        for quantity in Quantity:
            cells = (decimals(coverage(found, quantity, method)[0]) for method in METHODS)
            yield f"| {quantity} | {' | '.join(cells)} |"
        names = sorted({name for _, name, _, _ in found if name})
        yield from ("", "The default by model:", "", f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|")
        for quantity in [one for one in Quantity if (one, names[0], "default", "held") in found]:
            cells = (decimals(coverage(found, quantity, "default", name)[0]) for name in names)
            yield f"| {quantity} | {' | '.join(cells)} |"


def _verdicts(tallies: dict[str, Tally]) -> Iterator[str]:
    yield from ("", "## Where the defaults are outside .935–.965", "")
    for setting, found in tallies.items():
        names = sorted({name for _, name, _, _ in found if name})
        whole = [f"{of} {share}" for of in Quantity if (share := _outside(found, of, None))]
        apart = [
            f"{of} of {name} {share}" for of in Quantity for name in names if (share := _outside(found, of, name))
        ]
        yield f"- {setting}: {', '.join(whole) or 'nowhere'}; single models: {', '.join(apart) or 'none'}."
    yield from ("", "Negative controls, which must cover less than .8 at METR's size:", "")
    found = next(iter(tallies.values()))
    for method in ("metr", "repositories (3)"):
        yield f"- {method}, level gap: {decimals(coverage(found, Quantity.LEVEL_GAP, method)[0])}."


def _outside(found: Tally, quantity: Quantity, name: str | None) -> str:
    share = coverage(found, quantity, "default", name)[0]
    return "" if math.isnan(share) or 0.935 <= share <= 0.965 else decimals(share)


def _missing(tallies: dict[str, Tally]) -> Iterator[str]:
    yield from ("", "## Studies without an interval", "")
    yield "The shares above are over the intervals that exist. In per cent, those that do not (a dash: none):"
    for setting, found in tallies.items():
        yield from ("", f"{setting[0].upper()}{setting[1:]}:", "", f"| | {' | '.join(METHODS)} |")
        yield "|---" * (len(METHODS) + 1) + "|"
        for quantity in Quantity:
            cells = []
            for method in METHODS:
                _, made, none = coverage(found, quantity, method)
                cells.append(f"{100 * none / (made + none):.1f}" if made and none else "–")
            if set(cells) != {"–"}:
                yield f"| {quantity} | {' | '.join(cells)} |"


_BESIDE = """
## Beside the main table

Here a third of the changes have a second reviewer, a sixth are judged twice by one reviewer, and three
repositories and three lengths of task depend on an instance's difficulty. Refused attempts of 27 issues (7)
are judged as well, one in twenty of them good. So verdicts are fractional and G is post-stratified. These
reviewers have no settled verdict: two of one change agree as its acceptance makes them, which looks like a
flip rate of about .3. *One verdict in ten flipped*: they have, and each showing flips it with probability .1;
the truth is then M/G of settled verdicts.

In brackets, per cent of the numbers that had no interval: the share is over those that had, and where many
had none it says less than it seems to; and per cent of the intervals that had a limit on one side only, or on
none, which Fieller's set says where a slope may be 0. Of one number a study, .950 has a simulation error of
±.005 in 2,000 studies. Shares pool models, minutes pool groups, shrunken shares pool instances. Pass and merge
shares of single instances (`gaps`) are about submissions drawn anew: not simulated.
"""

_WHY = """
Why some are where they are:

- *Horizons*: where the slope over three lengths of task may be 0 no symmetric interval covers: jackknife and
  delta method held .82 of the horizons by maintainers at METR's size. Fieller's set of the two coefficients
  covers, and says where there is no limit. Doublings a year rest on the same slopes, by the jackknife:
  over-wide by maintainers.
- *Merge share of an instance, shrunken*: covers less than it says, by what the normal formula leaves out
  (shares are within 0 and 1, and instances that few pass are harder). It once was .81 to .84: m(1 − m) is too
  much variance for verdicts that are means of two, and left no spread between instances in a quarter of the
  studies.
- *(M − εA)/(G − ε)*: where a flip rate that would explain all acceptance is not excluded, the interval begins
  at 0. Left out, as they once were, four in five had none, and the others, lucky in a low rate, covered .86.
- *Agreement with oneself*: a quarter has about ten repeats, where it covers .89 to .95.
- *Minutes*: means of skewed figures, of few reviewers each: a little low.
- *r* and *flip rate ε*: Clopper–Pearson at few trials, which covers at least what it says.
"""


def _beside(parts: Mapping[str, Run]) -> Iterator[str]:
    yield _BESIDE
    yield from (f"| | studies | {' | '.join(SETTINGS)} |", "|---" * (len(SETTINGS) + 2) + "|")
    outside = []
    for one in parts.values():
        for name in dict.fromkeys(of for rows in one.found.values() for of, _ in rows):
            shown = [_shown(rows, name) for rows in one.found.values()]
            yield f"| {name} | {one.studies:,} | {' | '.join(text for text, _ in shown)} |"
            # Of few studies most would be outside by chance alone.
            slack, share = (0.0 if one.studies >= ENOUGH else 2 * _error(one.studies)), shown[0][1]
            if not math.isnan(share) and not 0.935 - slack <= share <= 0.965 + slack:
                outside.append(f"{name} {decimals(share)}")
    few = any(one.studies < ENOUGH for one in parts.values())
    slack_said = ", in fewer than 2,000 studies by more than two simulation errors" if few else ""
    yield from ("", f"Outside .935–.965 at METR's size{slack_said}:")
    yield f"{'; '.join(outside) or 'none'}."
    yield _WHY.rstrip()


def _error(studies: int) -> float:
    return math.sqrt(LEVEL * (1 - LEVEL) / studies)


def _shown(rows: Counter[tuple[str, ...]], name: str) -> tuple[str, float]:
    """Coverage with what it leaves out, and coverage alone."""
    counts = {outcome: rows[name, outcome] for outcome in ("held", "missed", "none", "held open", "missed open")}
    unbounded = counts["held open"] + counts["missed open"]
    made = counts["held"] + counts["missed"] + unbounded
    share = (counts["held"] + counts["held open"]) / made if made else math.nan
    besides = []
    if counts["none"]:
        besides.append(f"{100 * counts['none'] / (made + counts['none']):.0f} %")
    if 100 * unbounded >= made > 0:
        besides.append(f"{100 * unbounded / made:.0f} % unbounded")
    return decimals(share) + (f" ({'; '.join(besides)})" if besides else ""), share


def main() -> None:
    """Run, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000, help="simulated studies a setting")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after this time, with fewer studies")
    parser.add_argument("--output", type=Path, help="where to write; docs/coverage.md for 2,000 studies or more")
    parser.add_argument("--kept", type=Path, help="a file that keeps the counts: a later run goes on from it")
    parser.add_argument(
        "--part", action="append", choices=(MAIN, *PARTS), help="count this alone; may be repeated"
    )
    given = parser.parse_args()
    runs = nothing_yet() if given.kept is None else read_kept(given.kept)
    run(runs, given.studies, given.workers, given.minutes, given.kept, given.part or (MAIN, *PARTS))
    tallies = {setting: main_tally(rows) for setting, rows in runs[MAIN].found.items()}
    text = page(tallies, runs[MAIN].studies, {part: runs[part] for part in PARTS})
    print(text)
    output = given.output or (OUTPUT if given.studies >= 2000 else None)
    if output is not None:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
