"""The audit of the blinding: packets as they are opened, and what the study knows, in; findings out.

Pure. Each of the twelve checks says what it looked at, so that one that could not run is never taken for a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mergecheck.assign.audit.checks import checks
from mergecheck.assign.audit.dialect import find_dialect
from mergecheck.assign.audit.later import find_in_later_trees
from mergecheck.assign.audit.links import find_links
from mergecheck.assign.audit.names import BaseTexts, find_file_names, find_names, find_numbers
from mergecheck.assign.audit.order import find_order, find_remembered, find_too_near, order_tests
from mergecheck.assign.audit.passages import of_changes, of_packets
from mergecheck.assign.audit.records import Audit, Check, Finding, Known, Leak, Opened, Severity
from mergecheck.assign.audit.traces import find_history, find_results, find_scratch, find_tests

__all__ = ["Audit", "Check", "Finding", "Known", "Leak", "Opened", "Severity", "audit"]


def audit(packets: Sequence[Opened], known: Known) -> Audit:
    """Look for the twelve leaks.

    Args:
        packets: as they lie on the disk; or one without a file, which holds what the next round would hand out.
        known: what the study knows of what is in them.

    Returns:
        Findings by leak and place, each once; and a check for each of the twelve.
    """
    changes = list(of_changes(packets))
    passages = [*changes, *of_packets(packets)]
    texts = BaseTexts(packets, known)
    tested = order_tests(packets, known)
    found = [
        *find_numbers(passages, known),
        *find_names(passages, texts, known),
        *find_file_names(packets, known),
        *find_history(passages, packets, known),
        *find_in_later_trees(packets),
        *find_scratch(packets, known),
        *find_tests(packets, known),
        *find_dialect(packets, known),
        *find_links(packets, changes, known, texts),
        *find_too_near(packets),
        *find_order(packets, tested),
        *find_remembered(packets, known),
        *find_results(passages, packets),
    ]
    return Audit(tuple(merged(found)), tuple(checks(packets, known, tested, len(changes))))


def merged(found: Iterable[Finding]) -> list[Finding]:
    """One finding an id, of all candidates and places that have it; what one of them makes a leak is one."""
    by_id: dict[str, Finding] = {}
    for one in found:
        before = by_id.get(one.id)
        if before is None:
            by_id[one.id] = one
            continue
        worse = one if one.severity is Severity.LEAK else before
        by_id[one.id] = replace(
            worse,
            candidates=tuple(sorted({*before.candidates, *one.candidates})),
            shown=tuple(dict.fromkeys((*before.shown, *one.shown))),
        )
    return sorted(
        by_id.values(), key=lambda one: (one.leak, one.severity is Severity.NOTE, one.instance or "", one.place)
    )
