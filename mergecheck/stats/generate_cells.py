"""The matrices of a simulated study without its frames: the same draws, a dozen times as fast.

Coverage and planning look at thousands of studies, and only at grades and decisions. These are the draws of
`generate_study.simulate_study`, so `cells(score(*simulate_study(...)))` gives the same matrices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mergecheck.errors import StatsError
from mergecheck.records import GOLDEN
from mergecheck.stats.cells import Cells, Who
from mergecheck.stats.generate import Parameters, Reviewers, difficulty, intercept, intercept_of, normal, uniform
from mergecheck.stats.generate_study import Design
from mergecheck.stats.intervals import Array


@dataclass(frozen=True, slots=True)
class SimulatedCells:
    """The matrices of all verdicts, and of each reviewer's alone, in the order of the design's reviewers."""

    cells: Cells
    apart: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class _Study:
    parameters: Parameters
    design: Design
    names: tuple[str, ...]
    instances: tuple[str, ...]
    difficulties: Array

    @property
    def seed(self) -> int:
        return self.parameters.seed


def simulate_cells(parameters: Parameters, design: Design) -> SimulatedCells:
    """The matrices of a study that ran to its end; a function of its arguments alone.

    Raises:
        StatsError: the design has no submission, or one of them, or golden, has no acceptance.
    """
    if not design.submissions:
        raise StatsError("there is no submission but golden", where="design", fix="give one")
    ordered = sorted(design.submissions, key=lambda one: (one.released, one.name))
    instances = tuple(f"sample__{number:04d}" for number in range(design.n_instances))
    difficulties = np.array([difficulty(parameters.seed, instance) for instance in instances])
    names = (*(one.name for one in ordered), GOLDEN)
    study = _Study(parameters, design, names, instances, difficulties)
    passed = np.column_stack([_grades(study), _golden_sample(study)]).astype(np.float64)
    scope = np.column_stack([np.ones((len(instances), len(ordered))), passed[:, -1]])
    judged, liked = _verdicts(study, passed > 0)
    whos = tuple(Who(one.name, one.name, one.released, "simulated") for one in ordered)
    probability = np.ones(len(names))
    probability[-1] = passed[:, -1].mean() or 1.0

    def matrices(seen: Array, accepted: Array) -> Cells:
        reviewed = (seen > 0).astype(np.float64)
        d = np.divide(accepted, seen, out=np.zeros_like(accepted), where=seen > 0)
        return Cells(
            submissions=whos,
            instances=instances,
            scope=scope,
            passed=passed,
            reviewed=reviewed,
            d=d,
            weight=reviewed / probability,
            known_instances=len(instances),
        )

    whole = matrices(judged.sum(axis=0), liked.sum(axis=0))
    return SimulatedCells(whole, tuple(matrices(*one) for one in zip(judged, liked, strict=True)))


def _grades(study: _Study) -> NDArray[np.bool_]:
    design, seed = study.design, study.seed
    hidden = np.array([normal(seed, "grading", instance) for instance in study.instances])
    z = design.shared * study.difficulties + math.sqrt(1 - design.shared**2) * hidden
    rates = {one.name: one.pass_rate for one in design.submissions}
    alphas = np.array([intercept(rates[name], design.grade_sd) for name in study.names[:-1]])
    drawn = [[uniform(seed, "grade", name, instance) for name in study.names[:-1]] for instance in study.instances]
    return np.asarray(np.array(drawn) < special.expit(alphas[None, :] + design.grade_sd * z[:, None]))


def _golden_sample(study: _Study) -> NDArray[np.bool_]:
    count = round(study.design.golden_share * len(study.instances))
    order = np.argsort([uniform(study.seed, "golden", instance) for instance in study.instances], kind="stable")
    drawn = np.zeros(len(study.instances), dtype=np.bool_)
    drawn[order[:count]] = True
    return drawn


def _verdicts(study: _Study, reviewable: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Which reviewer judged and which accepted what: (reviewers, instances, submissions + 1) each."""
    design, parameters, seed = study.design, study.parameters, study.seed
    people = Reviewers(parameters)
    leniency = {reviewer: people.leniency(reviewer) for reviewer in design.reviewers}
    betas = [intercept_of(parameters, name) for name in study.names]
    judged = np.zeros((len(design.reviewers), *reviewable.shape))
    liked = np.zeros_like(judged)
    where, logits, uniforms = [], [], []
    for row, column in np.argwhere(reviewable).tolist():
        name, instance = study.names[column], study.instances[row]
        candidate = f"{name}/{instance}"
        wave = _wave(study, name, instance) if parameters.order_effect else 1
        ranks = [uniform(seed, "reviewer", reviewer, candidate) for reviewer in design.reviewers]
        for who in sorted(range(len(ranks)), key=ranks.__getitem__)[: design.judges(seed, candidate)]:
            assignment = f"{candidate}/{design.reviewers[who]}"
            if parameters.skip_rate and uniform(seed, "answer", assignment, "skip") < parameters.skip_rate:
                continue
            shift = leniency[design.reviewers[who]] + parameters.difficulty_sd * study.difficulties[row]
            where.append((who, row, column))
            logits.append(betas[column] + shift + parameters.order_effect * (wave - 1))
            uniforms.append(uniform(seed, "answer", assignment, "accept"))
    if where:
        places = tuple(np.array(where).T)
        judged[places] = 1.0
        liked[places] = np.array(uniforms) < special.expit(np.array(logits))
    return judged, liked


def _wave(study: _Study, name: str, instance: str) -> int:
    submitted = [*(one.name for one in study.design.submissions), GOLDEN]
    ranks = sorted(submitted, key=lambda other: uniform(study.seed, "wave", other, instance))
    return ranks.index(name) + 1
