"""Did the blinding hold? What reviewers guessed of who wrote a change, against who did.

A change that golden and an agent both made has no true author: it is out of every index, and counted. All is over
candidate × reviewer at first showings, whatever became of the verdict.

With many agents' changes to one human's, an index of one arm says more of a reviewer's habit than of blinding:
guessing "AI" 86 % of the time knowing nothing gives +.72 in one arm and −.72 in the other. Habit cancels in the
**sum** of Bang's two arms: 0 where guesses tell nothing, 2 where all are right, −2 where all are wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.records import Author, Recognised
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level, exact_bound
from mergecheck.stats.replicates import Step, interval_of
from mergecheck.stats.showings import earliest, golden_and_agents
from mergecheck.stats.table import estimate_table

AI, HUMAN, UNSURE = 0, 1, 2
"""Rows of a table of guesses; its columns are who wrote the change, AI and human."""

_GUESSES = (Author.AI.value, Author.HUMAN.value, Author.CANNOT_TELL.value)
_NO_GUESS = "nobody was asked who wrote a change that has one author"


@dataclass(frozen=True, slots=True)
class Arm:
    """The guesses about changes of one author ("ai" or "human"), and how many of them the reviewer knew before."""

    author: str
    ai: int
    human: int
    cannot_tell: int
    recognised: int

    @property
    def n(self) -> int:
        """All guesses."""
        return self.ai + self.human + self.cannot_tell


@dataclass(frozen=True, slots=True)
class Blinding:
    """The indices, and what they are of.

    `james`: 1 where blinding is complete, .5 where guesses are as by chance, 0 where all are right. `bang_ai` and
    `bang_human`: right minus wrong guesses in an arm, −1 to 1. `bang_sum`: of both, the index to look at.
    `no_author` counts showings of changes that golden and an agent made, `candidates_without_author` those
    changes; `not_asked` decided or skipped showings without a guess.
    """

    arms: tuple[Arm, Arm]
    james: Estimate
    bang_ai: Estimate
    bang_human: Estimate
    bang_sum: Estimate
    no_author: int
    candidates_without_author: int
    not_asked: int

    def frame(self) -> pd.DataFrame:
        """A row an index: `index, ai, human, cannot_tell` (guesses that it is of) and the estimate."""
        ai, human = self.arms
        rows = (
            ("James", self.james, self.arms),
            ("Bang, AI", self.bang_ai, (ai,)),
            ("Bang, human", self.bang_human, (human,)),
            ("Bang, sum of both arms", self.bang_sum, self.arms),
        )
        counts = ("ai", "human", "cannot_tell")
        lines = (
            ({"index": name} | {guess: sum(getattr(arm, guess) for arm in arms) for guess in counts}, estimate)
            for name, estimate, arms in rows
        )
        return estimate_table(("index", *counts), lines, whole=counts)


def james_index(table: Array) -> tuple[float, float]:
    """James's blinding index and its standard error, guesses independent (James, Bloch, Lee, Kraemer & Fuller
    1996).

    (1 + P_u + (1 − P_u)·K)/2 with P_u the share of "cannot tell", K = (D_o − D_e)/D_e, D_o the share of wrong
    guesses among those made and D_e what it would be by chance: Σ over wrong cells of the product of their
    margins. 1 is complete blinding, .5 guesses as by chance (with nobody unsure), 0 none. SE by the delta method
    for a multinomial table.

    Args:
        table: counts of shape (3, 2): guesses AI, human, cannot tell by authors AI, human.

    Returns:
        The index and its standard error; 1 and 0 where nobody could tell; NaN where the table is empty or
        nothing can go wrong by chance.
    """
    n = float(table.sum())
    if n == 0:
        return math.nan, math.nan
    shares = table / n
    unsure = float(shares[UNSURE].sum())
    guessed = 1 - unsure
    if table[:UNSURE].sum() == 0:
        return 1.0, 0.0
    rows, columns = shares[:UNSURE].sum(axis=1), shares[:UNSURE].sum(axis=0)
    wrong = float(shares[AI, HUMAN] + shares[HUMAN, AI])
    crossed = float(rows[AI] * columns[HUMAN] + rows[HUMAN] * columns[AI])
    if crossed <= 0:
        return math.nan, math.nan
    # With K written out, half of 1 + P_u + (1 − P_u)·(wrong·(1 − P_u)/crossed − 1).
    index = unsure + wrong * guessed**2 / (2 * crossed)
    slope = np.empty((3, 2))
    slope[UNSURE] = 1 - wrong * guessed / crossed
    across = np.array([columns[HUMAN], columns[AI]])[:, None] + np.array([rows[HUMAN], rows[AI]])[None, :]
    slope[:UNSURE] = -wrong * guessed**2 / (2 * crossed**2) * across
    slope[AI, HUMAN] += guessed**2 / (2 * crossed)
    slope[HUMAN, AI] += guessed**2 / (2 * crossed)
    variance = float((shares * slope**2).sum() - (shares * slope).sum() ** 2) / n
    return index, math.sqrt(max(variance, 0.0))


def bang_index(right: float, wrong: float, unsure: float) -> tuple[float, float]:
    """Bang's index of one arm and its standard error, guesses independent (Bang, Ni & Davis 2004).

    (right − wrong)/n with variance (p + q − (p − q)²)/n, p and q the shares of right and wrong guesses; n > 0.
    """
    n = right + wrong + unsure
    p, q = right / n, wrong / n
    return p - q, math.sqrt(max(p + q - (p - q) ** 2, 0.0) / n)


def bang_sum(table: Array) -> float:
    """The sum of Bang's indices of both arms of a table of guesses, NaN where an arm is empty."""
    return float(_bang(table, AI) + _bang(table, HUMAN))


def _bang(table: Array, author: int) -> float:
    n = table[:, author].sum()
    return float((table[author, author] - table[1 - author, author]) / n) if n > 0 else math.nan


def _james(table: Array) -> float:
    return james_index(table)[0]


def blinding(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Blinding:
    """James's index, Bang's of each arm and their sum, with intervals by leaving out one instance at a time.

    Where all guesses of an arm are the same, nothing in it varies: the exact bound on another guess, at as many
    guesses as the arm has instances, is added (square-and-add), at twice its size where it would be of the
    opposite.

    Args:
        attempts: a checked attempts frame: it says which candidates are golden's.
        reviews: a checked reviews frame.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    golden, agents = golden_and_agents(attempts)
    told = earliest(reviews, reviews["guess"].notna())
    both = told["candidate"].isin(golden & agents)
    kept = told[~both]
    human = kept["candidate"].isin(golden).to_numpy(dtype=bool)
    instances, row = np.unique(cluster(kept).to_numpy(dtype=str), return_inverse=True)
    tables = np.zeros((len(instances), 3, 2))
    said = np.array([_GUESSES.index(guess) for guess in kept["guess"].tolist()], dtype=np.intp)
    np.add.at(tables, (row, said, human.astype(np.intp)), 1.0)
    known: NDArray[np.bool_] = (kept["recognised"] == Recognised.YES).to_numpy(dtype=bool)
    shown = earliest(reviews, reviews["decision"].notna())
    asked = set(zip(told["candidate"], told["reviewer"], strict=True))
    return Blinding(
        arms=(_arm(tables, known, human, AI), _arm(tables, known, human, HUMAN)),
        james=_both_arms(tables, level, james=True),
        bang_ai=_one_arm(tables, AI, level),
        bang_human=_one_arm(tables, HUMAN, level),
        bang_sum=_both_arms(tables, level, james=False),
        no_author=int(both.sum()),
        candidates_without_author=int(told.loc[both, "candidate"].nunique()),
        not_asked=sum(pair not in asked for pair in zip(shown["candidate"], shown["reviewer"], strict=True)),
    )


def _arm(tables: Array, known: NDArray[np.bool_], human: NDArray[np.bool_], author: int) -> Arm:
    ai, by_human, unsure = (int(count) for count in tables.sum(axis=0)[:, author])
    return Arm(_GUESSES[author], ai, by_human, unsure, int((known & (human == bool(author))).sum()))


def _one_arm(tables: Array, author: int, level: float) -> Estimate:
    mine = tables[tables[:, :, author].sum(axis=1) > 0]
    if not len(mine):
        return not_available(_why_empty(tables, author), level=level)
    total = mine.sum(axis=0)
    replicates = np.array([_bang(total - own, author) for own in mine])
    steps = [step for step in (_edge(mine, author, level),) if step]
    return interval_of(_bang(total, author), replicates, level, bounds=(-1.0, 1.0), steps=steps)


def _both_arms(tables: Array, level: float, *, james: bool) -> Estimate:
    index, bounds = (_james, (0.0, 1.0)) if james else (bang_sum, (-2.0, 2.0))
    for author in (AI, HUMAN):
        if not tables[:, :, author].sum() > 0:
            return not_available(_why_empty(tables, author), level=level, n=len(tables))
    total = tables.sum(axis=0)
    point = index(total)
    if not math.isfinite(point):
        return not_available("all guesses are of changes of one author", level=level, n=len(tables))
    replicates = np.array([index(total - own) for own in tables])
    steps = _james_steps(tables, level) if james else []
    if not james:
        steps = [step for step in (_edge(tables, author, level) for author in (AI, HUMAN)) if step]
    return interval_of(
        point, replicates, level, bounds=bounds, steps=steps, why_not="one instance holds an arm alone"
    )


def _why_empty(tables: Array, author: int) -> str:
    if not tables.sum() > 0:
        return _NO_GUESS
    return f"no guess about a change whose author is {'a human' if author == HUMAN else 'an AI'} alone"


def _edge(tables: Array, author: int, level: float) -> Step | None:
    """How far an arm with all guesses alike may fall and rise: right to wrong moves it by 2, to unsure by 1."""
    guesses = tables[:, :, author].sum(axis=0)
    if (guesses > 0).sum() != 1:
        return None
    step = exact_bound(int((tables[:, :, author].sum(axis=1) > 0).sum()), (1 - level) / 2)
    if guesses[author] > 0:
        return 2 * step, 0.0
    return (0.0, 2 * step) if guesses[1 - author] > 0 else (step, step)


def _james_steps(tables: Array, level: float) -> list[Step]:
    """What James's index moves by when a share of each other guess of an arm that is all alike is at its bound."""
    total = tables.sum(axis=0)
    here = _james(total)
    steps = []
    for author in (AI, HUMAN):
        if (total[:, author] > 0).sum() != 1:
            continue
        step = exact_bound(int((tables[:, :, author].sum(axis=1) > 0).sum()), (1 - level) / 2)
        moves = [0.0]
        for guess in range(3):
            moved = total.copy()
            moved[:, author] *= 1 - step
            moved[guess, author] += step * total[:, author].sum()
            value = _james(moved)
            # Where the few guesses can only be right, K is −1 and the index the share of those unsure.
            moves.append((value if math.isfinite(value) else float(moved[UNSURE].sum() / moved.sum())) - here)
        steps.append((-min(moves), max(moves)))
    return steps
