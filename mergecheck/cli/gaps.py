"""`mergecheck gaps`: instance by instance, for the author of a benchmark."""

from __future__ import annotations

from pathlib import Path

from mergecheck.cli.looking import Unblind, look, material_of, show
from mergecheck.cli.terminal import AsJson, StudyFolder


def gaps(study: StudyFolder = Path(), unblind: Unblind = False, as_json: AsJson = False) -> None:
    """Print which instances' tests let through what maintainers refuse, and why: the widest gap first.

    For the author of a benchmark: of each instance the pass share, the merge share among passing attempts, the
    same drawn to the mean of all by how little it tells, the reasons, and how many different changes and verdicts
    it rests on. Example:

        mergecheck gaps --study my-study --json > gaps.json
    """
    from mergecheck.report.subjects.gaps import GAPS, gaps_page
    from mergecheck.study import load_study

    seen = look(load_study(study), unblind=unblind, at=GAPS)
    show(gaps_page(material_of(seen)), seen, as_json=as_json)
