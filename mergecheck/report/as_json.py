"""The results as plain data for `--json`: what cannot be computed is null, with its reason beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mergecheck.report.privacy import shown_work
from mergecheck.stats.analysis import Analysis

if TYPE_CHECKING:
    from mergecheck.report.subjects.page import Page

FORMAT = 2
"""Version of the report's and its subjects' form; it grows with every change that a reader could trip over."""


def as_json(analysis: Analysis, *, by_reviewer: bool = False) -> dict[str, Any]:
    """A dict of dicts, lists, text, numbers and None only, never NaN or infinity.

    `simulated` says whether any verdict was made by a program. Shares are fractions of 1, slopes percentage
    points a year. `work` has an entry a reviewer, or where `work_merged` one for all: its `reviewer` is null and
    `reviewers` says how many they are. Every other key is a field of `Analysis`, by its name.

    Args:
        analysis: what to give.
        by_reviewer: whether each reviewer has an entry even where there are few (`report.privacy`).
    """
    work = shown_work(analysis.work, by_reviewer)
    whole = plain(analysis) | {
        "work": plain(work),
        "work_merged": any(one.reviewer is None for one in work),
    }
    return {
        "format": FORMAT,
        "simulated": analysis.simulated > 0,
        "simulated_verdicts": whole.pop("simulated"),
        "units": {"rates": "fractions of 1", "gap": "fractions of 1", "trend": "percentage points a year"},
        **whole,
    }


def page_as_json(page: Page) -> dict[str, Any]:
    """A subject's page as a dict of dicts, lists, text, numbers and None only, never NaN or infinity.

    `tables` has each result's frame as a list of rows; shares in them are fractions of 1. What is not available is
    null in `estimate`, `low` or `high`, and its `reason` says why.
    """
    return {
        "format": FORMAT,
        "subject": page.subject,
        "simulated": page.simulated > 0,
        "simulated_verdicts": page.simulated,
        "verdicts": page.verdicts,
        "level": page.level,
        "tables": plain(page.rows),
        "notes": plain(page.notes),
    }


def plain(value: object) -> Any:  # noqa: ANN401 - what json.dumps takes has no narrower name
    """Frozen results as dicts, lists, text, numbers and None; what is not finite is None."""
    if is_dataclass(value):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
