"""What became of each submission's attempts, and why changes were refused."""

from __future__ import annotations

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page
from mergecheck.stats.reasons import NOT_DRAWN, REFUSED, SubmissionReasons, reason_shares


def reasons_page(material: Material) -> Page:
    """Shares of the attempts in scope by outcome, which add up to 100 % in each row."""
    shares_of = reason_shares(material.scored, material.reviews, material.level)
    found = shares_of.submissions
    shares = [dict(one.shares) for one in found]
    # Where everything that passed was drawn, nothing is said of what was not.
    outcomes = [one for one in _outcomes(found) if one != NOT_DRAWN or any(row[one].estimate for row in shares)]
    sheet = Sheet(
        "What became of the attempts in scope",
        "per cent of n, each row adds up to 100",
        "submission",
        tuple(one.submission for one in found),
        tuple(Quantity(_heading(outcome), tuple(share[outcome] for share in shares)) for outcome in outcomes),
        nothing="There is no attempt in the study.",
    )
    return page(Subject.REASONS, material, (sheet,), {"reasons": shares_of.frame()})


def _outcomes(found: tuple[SubmissionReasons, ...]) -> list[str]:
    return [outcome for outcome, _ in found[0].shares] if found else []


def _heading(outcome: str) -> str:
    if outcome.startswith(REFUSED):
        return f"{REFUSED.strip()}\n" + outcome.removeprefix(REFUSED).replace("_", "\n")
    return outcome.replace("_", "\n")
