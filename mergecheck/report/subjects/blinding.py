"""Did the blinding hold? What reviewers guessed of who wrote a change."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.analysis import Note
from mergecheck.stats.blinding import Blinding, blinding

AUTHORS = {"ai": "an AI", "human": "a human"}


def blinding_page(material: Material) -> Page:
    """The guesses, James's index, Bang's of each arm and their sum."""
    found = blinding(material.attempts, material.reviews, material.level)
    indices = {
        "James": found.james,
        "Bang, AI": found.bang_ai,
        "Bang, human": found.bang_human,
        "Bang, sum of both arms": found.bang_sum,
    }
    sheets = (
        Sheet(
            "What reviewers guessed",
            "a guess a change and reviewer",
            "written by",
            tuple(AUTHORS.get(arm.author, arm.author) for arm in found.arms),
            (
                texts("guesses", [arm.n for arm in found.arms]),
                texts("AI", [arm.ai for arm in found.arms]),
                texts("human", [arm.human for arm in found.arms]),
                texts("cannot\ntell", [arm.cannot_tell for arm in found.arms]),
                texts("of these\nrecognised", [arm.recognised for arm in found.arms]),
            ),
        ),
        Sheet(
            "Indices of blinding",
            "look at the sum: one arm says more of a habit of guessing than of blinding",
            "index",
            tuple(indices),
            (Quantity("estimate", tuple(indices.values()), scale=1, digits=3),),
            legend="James: 1 blind, .5 as by chance, 0 all right · Bang, an arm: right minus wrong, −1 to 1 · "
            "sum of both arms: 0 guesses tell nothing, 2 all right, −2 all wrong",
        ),
    )
    frames = {"blinding": found.frame(), "guesses": pd.DataFrame([asdict(arm) for arm in found.arms])}
    return page(Subject.BLINDING, material, sheets, frames, _notes(found))


def _notes(found: Blinding) -> tuple[Note, ...]:
    notes = []
    if found.no_author:
        what = "golden and an agent made the same, so that they have no true author and stand in no index"
        notes.append(Note("no author", f"guesses about changes that {what}: {found.no_author}"))
    if found.not_asked:
        notes.append(Note("not asked", f"verdicts without a guess: {found.not_asked}"))
    return tuple(notes)
