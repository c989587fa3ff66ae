"""How far each submission's attempts have come, and what was left out on the way."""

from __future__ import annotations

import pandas as pd

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Sheet, page, texts
from mergecheck.report.words import FLOW_STEPS
from mergecheck.stats.analysis import Note
from mergecheck.stats.cells import order_of
from mergecheck.stats.flow import Flow, flow, open_first_showings
from mergecheck.stats.scope import OUT_IN_WORDS, Out

ASIDE = {
    "errors": "errors\nof grader",
    "showings": "verdicts",
    "skips": "of these\nskipped",
}


def flow_page(material: Material) -> Page:
    """Counts a submission at each step, golden last; they are counts of this study and have no intervals."""
    scored = material.scored
    golden = scored.loc[scored["is_golden"], "submission"].unique().tolist()
    steps = flow(scored, [*(who.name for who in order_of(scored)), *golden])
    names = tuple(step.submission for step in steps)
    gone = [(step, reason, count) for step in steps for reason, count in step.out]
    sheets = (
        Sheet(
            "From attempts to verdicts",
            "attempts, each step a part of the one before",
            "submission",
            names,
            tuple(texts(title, [getattr(step, name) for step in steps]) for name, title in FLOW_STEPS.items()),
            nothing="Nothing has been drawn.",
        ),
        Sheet(
            "Beside the way",
            "attempts in scope that failed by an error of the grader; verdicts at first showings",
            "submission",
            names,
            tuple(texts(title, [getattr(step, name) for step in steps]) for name, title in ASIDE.items()),
            nothing="Nothing has been drawn.",
        ),
        Sheet(
            "Out of scope",
            "attempts, by reason",
            "submission",
            tuple(step.submission for step, _, _ in gone),
            (
                texts("attempts", [count for _, _, count in gone]),
                texts("reason", [OUT_IN_WORDS[Out(reason)] for _, reason, _ in gone]),
            ),
            nothing="No attempt is out of scope.",
        ),
    )
    waiting = open_first_showings(material.reviews)
    notes = (Note("waiting", f"first showings without a verdict: {waiting}"),)
    return page(Subject.FLOW, material, sheets, {"flow": _frame(steps), "out_of_scope": _out(steps)}, notes)


def _frame(steps: tuple[Flow, ...]) -> pd.DataFrame:
    columns = ["submission", *FLOW_STEPS, *ASIDE]
    return pd.DataFrame([[getattr(step, name) for name in columns] for step in steps], columns=columns)


def _out(steps: tuple[Flow, ...]) -> pd.DataFrame:
    lines = [(step.submission, reason, count) for step in steps for reason, count in step.out]
    return pd.DataFrame(lines, columns=["submission", "reason", "attempts"])
