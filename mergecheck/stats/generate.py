"""Simulated reviewers of which the true rates are known: the one generator of `simulate`, tests and planning.

A reviewer r accepts submission m's change to instance i in wave w with probability

    p = expit(β_m + leniency_r + difficulty_i + order·(w − 1)),

leniency and difficulty normal with mean 0. β_m is solved by Gauss–Hermite quadrature, so that p averages
exactly the acceptance asked for over reviewers and instances like these, in the first wave. Every draw is a
hash of the seed and of what it is drawn for: the order of calls, other calls and library versions change
nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import optimize, special

from mergecheck.errors import StatsError
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Verdict
from mergecheck.stats.frames import REVIEWS, check_attempts, check_reviews
from mergecheck.stats.intervals import Array

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta distribution by its mean and concentration (a + b)."""

    mean: float
    concentration: float

    def at(self, uniform: float) -> float:
        """Its quantile."""
        a = self.mean * self.concentration
        return float(special.betaincinv(a, self.concentration - a, uniform))


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Minutes: a log-normal distribution by its median and the standard deviation of the logarithm."""

    median: float
    log_sd: float

    def at(self, uniform: float) -> float:
        """Its quantile."""
        return self.median * math.exp(self.log_sd * float(special.ndtri(uniform)))


def _metr_reasons() -> dict[str, float]:
    return {"core_functionality": 0.35, "breaks_other_code": 0.15, "code_quality": 0.4, "other": 0.1}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What simulated reviewers are like.

    `acceptance` gives every submission, golden included, its marginal probability of being accepted.
    `leniency_sd` (between reviewers), `difficulty_sd` (between instances) and `order_effect` (a wave) are in
    logits. `reasons` are the shares of the core reasons among refusals; `skip_rate` is the same for all
    changes.
    """

    acceptance: Mapping[str, float]
    seed: int = 0
    leniency_sd: float = 0.4
    difficulty_sd: float = 0.8
    order_effect: float = 0.0
    reasons: Mapping[str, float] = field(default_factory=_metr_reasons)
    skip_rate: float = 0.0
    skip_reason: str = "cannot_judge"
    progress_accepted: Beta = Beta(0.94, 30)
    progress_refused: Beta = Beta(0.6, 5)
    confidence: Beta = Beta(0.7, 8)
    baseline_minutes: LogNormal = LogNormal(45, 0.8)
    active_minutes: LogNormal = LogNormal(8, 0.6)
    guesses_ai: float = 0.75
    cannot_tell: float = 0.15
    recognised: float = 0.02

    def __post_init__(self) -> None:
        shares = {f"acceptance of {name}": value for name, value in self.acceptance.items()}
        for name in ("skip_rate", "guesses_ai", "cannot_tell", "recognised"):
            shares[name] = getattr(self, name)
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise StatsError(f"{value} is no share", where=name, fix="give a number from 0 to 1")
        for name in ("leniency_sd", "difficulty_sd"):
            if not 0 <= getattr(self, name) <= 4:
                raise StatsError(f"{getattr(self, name)} is no spread", where=name, fix="give logits from 0 to 4")
        if not self.reasons or min(self.reasons.values()) < 0 or not sum(self.reasons.values()) > 0:
            raise StatsError("shares of reasons are missing or negative", where="reasons", fix="give key = share")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a simulated reviewer says of one assignment, and the active seconds that it took.

    Of a change that is skipped nobody is asked who wrote it.
    """

    verdict: Verdict
    guess: Guess | None
    active_seconds: float


def uniform(seed: int, *drawn_for: str) -> float:
    """A number strictly between 0 and 1: a function of the seed and of what it is drawn for."""
    digest = hashlib.blake2b("\0".join((str(seed), *drawn_for)).encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> 12) + 0.5) / 2**52


def normal(seed: int, *drawn_for: str) -> float:
    """A standard normal number, drawn likewise."""
    return float(special.ndtri(uniform(seed, *drawn_for)))


@lru_cache(maxsize=4096)
def intercept(share: float, sd: float) -> float:
    """The β for which expit(β + sd·Z), Z standard normal, has the mean `share`; −∞ and ∞ for 0 and 1."""
    if share in (0.0, 1.0):
        return -math.inf if share == 0 else math.inf
    return float(optimize.brentq(lambda beta: _mean(beta, sd) - share, -80, 80, xtol=1e-12))


def _mean(beta: float, sd: float) -> float:
    return float(special.expit(beta + sd * _NODES) @ _WEIGHTS)


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Simulated reviewers with these parameters."""

    parameters: Parameters

    def answer(
        self, assignment: str, submissions: Iterable[str], instance: str, reviewer: str, wave: int
    ) -> Answer:
        """What `reviewer` says of a change that these submissions made: a function of its arguments and the seed.

        A change that several submissions made is accepted with the mean of their probabilities.

        Raises:
            StatsError: no submission is given, or one without an acceptance.
        """
        p = self.parameters
        share = self.probability(submissions, instance, reviewer, wave)
        drawn = _Draws(p.seed, assignment)
        guess = None
        if drawn("skip") < p.skip_rate:
            verdict = Verdict(Decision.SKIP, skip_reason=p.skip_reason)
        else:
            accepted = drawn("accept") < share
            progress = (p.progress_accepted if accepted else p.progress_refused).at(drawn("progress"))
            verdict = Verdict(
                decision=Decision.ACCEPT if accepted else Decision.REQUEST_CHANGES,
                reason=None if accepted else _pick(p.reasons, drawn("reason")),
                progress=round(100 * progress),
                confidence=1 + round(9 * p.confidence.at(drawn("confidence"))),
                baseline_minutes=max(1.0, float(round(p.baseline_minutes.at(drawn("baseline"))))),
            )
            guess = self._guess(drawn)
        return Answer(verdict, guess, round(60 * p.active_minutes.at(drawn("active")), 1))

    def _guess(self, drawn: _Draws) -> Guess:
        p = self.parameters
        known = Recognised.YES if drawn("recognised") < p.recognised else Recognised.NO
        if drawn("cannot tell") < p.cannot_tell:
            return Guess(Author.CANNOT_TELL, None, known)
        author = Author.AI if drawn("author") < p.guesses_ai else Author.HUMAN
        return Guess(author, 1 + round(9 * p.confidence.at(drawn("guess confidence"))), known)

    def probability(self, submissions: Iterable[str], instance: str, reviewer: str, wave: int) -> float:
        """The probability that the change is accepted (if it is not skipped): the mean over these submissions."""
        names = sorted(set(submissions))
        if not names:
            raise StatsError("no submission made this change", where=f"instance {instance}")
        shift = (
            self.leniency(reviewer)
            + self.parameters.difficulty_sd * difficulty(self.parameters.seed, instance)
            + self.parameters.order_effect * (wave - 1)
        )
        return float(np.mean([special.expit(intercept_of(self.parameters, name) + shift) for name in names]))

    def leniency(self, reviewer: str) -> float:
        """A reviewer's leniency in logits: the same wherever this seed is used."""
        return self.parameters.leniency_sd * normal(self.parameters.seed, "leniency", reviewer)


@dataclass(frozen=True, slots=True)
class _Draws:
    seed: int
    assignment: str

    def __call__(self, what: str) -> float:
        return uniform(self.seed, "answer", self.assignment, what)


def difficulty(seed: int, instance: str) -> float:
    """An instance's difficulty, standard normal; the higher, the easier to accept."""
    return normal(seed, "difficulty", instance)


def intercept_of(parameters: Parameters, submission: str) -> float:
    """A submission's β.

    Raises:
        StatsError: the submission has no acceptance; names those that have.
    """
    if submission not in parameters.acceptance:
        known = ", ".join(sorted(parameters.acceptance)) or "none"
        raise StatsError(
            f"submission {submission} has no acceptance", where="acceptance", fix=f"add it; there are: {known}"
        )
    sd = math.hypot(parameters.leniency_sd, parameters.difficulty_sd)
    return intercept(float(parameters.acceptance[submission]), sd)


def _pick(shares: Mapping[str, float], at: float) -> str:
    left = at * sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return next(reversed(list(shares)))


def acceptance_by_difficulty(
    parameters: Parameters, submission: str, reviewers: Sequence[str] = (), waves: Sequence[int] = (1,)
) -> Array:
    """A submission's acceptance at each node of the quadrature over instances, see `truth`."""
    beta = intercept_of(parameters, submission)
    people = Reviewers(parameters)
    if reviewers:
        leniencies = np.array([people.leniency(reviewer) for reviewer in reviewers])
        shares = np.full(len(leniencies), 1 / len(leniencies))
    else:
        leniencies, shares = parameters.leniency_sd * _NODES, _WEIGHTS
    order = parameters.order_effect * (np.array(waves, dtype=np.float64) - 1)
    by_wave = special.expit(
        beta + leniencies[:, None, None] + order[None, :, None] + parameters.difficulty_sd * _NODES[None, None, :]
    )
    return np.asarray(shares @ by_wave.mean(axis=1))


def truth(parameters: Parameters, reviewers: Sequence[str] = (), waves: Sequence[int] = (1,)) -> dict[str, float]:
    """The true acceptance of each submission over instances like these, by quadrature.

    Over `reviewers`, each with an equal part ("these reviewers", as the intervals are about); without them over
    reviewers drawn anew, where in the first wave it is the parameter. Over `waves`, each with an equal part. It
    holds for changes that one submission alone made.
    """
    return {
        name: float(acceptance_by_difficulty(parameters, name, reviewers, waves) @ _WEIGHTS)
        for name in parameters.acceptance
    }


def quadrature() -> tuple[Array, Array]:
    """Nodes and weights (adding up to 1) of the expectation over a standard normal."""
    return _NODES, _WEIGHTS


def simulate_reviews(attempts: pd.DataFrame, assignments: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """A reviews frame, as `Reviewers.answer` would answer these assignments; every row marked as simulated.

    Args:
        attempts: an attempts frame; says which submissions made which candidate.
        assignments: a row an assignment: `assignment, candidate, reviewer, round, wave, position, repeat_of`.
        parameters: what the reviewers are like.

    Raises:
        StatsError: a frame is not right, a candidate is unknown, a submission has no acceptance.
    """
    return answered(check_attempts(attempts), assignments, parameters)


def answered(attempts: pd.DataFrame, assignments: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """`simulate_reviews` for attempts that are checked already."""
    made = attempts.dropna(subset="candidate")
    makers = made.groupby("candidate")["submission"].agg(tuple)
    place = made.drop_duplicates("candidate").set_index("candidate")
    unknown = ~assignments["candidate"].isin(makers.index)
    if bool(unknown.any()):
        row = int(unknown.to_numpy(dtype=bool).argmax())
        raise StatsError("no attempt made this candidate", where=f"assignments, row {row}, column candidate")
    people = Reviewers(parameters)
    rows: list[dict[str, object]] = []
    made_by, instances, repos = makers.to_dict(), place["instance"].to_dict(), place["repo"].to_dict()
    for given in assignments.to_dict("records"):
        of = given["candidate"]
        answer = people.answer(given["assignment"], made_by[of], instances[of], given["reviewer"], given["wave"])
        asked = {str(column): value for column, value in given.items()}
        rows.append({**asked, "instance": instances[of], "repo": repos[of], **_columns(answer)})
    return check_reviews(pd.DataFrame(rows, columns=list(REVIEWS)), attempts)


def _columns(answer: Answer) -> dict[str, object]:
    verdict, guess = answer.verdict, answer.guess
    return {
        "decision": verdict.decision.value,
        "decision_final": verdict.decision.value,
        "reason": verdict.reason,
        "progress": verdict.progress,
        "confidence": verdict.confidence,
        "baseline_minutes": verdict.baseline_minutes,
        "active_minutes": answer.active_seconds / 60,
        "guess": None if guess is None else guess.author.value,
        "guess_confidence": None if guess is None else guess.confidence,
        "recognised": None if guess is None else guess.recognised.value,
        "skip_reason": verdict.skip_reason,
        "front": Front.ANSWERS_FILE.value,
        "simulated": True,
        "submitted_at": pd.NaT,
    }
