"""What reviewers read before they begin, where the organiser writes nothing of their own."""

from __future__ import annotations

from mergecheck.packet.form import GUIDELINES
from mergecheck.records import Policies

_ALL_PASSED = "- Every change has passed an automated grader"
_NEARLY_ALL_PASSED = (
    "- Nearly every change has passed an automated grader built from tests; a few have not. "
    "There is no CI beside it.\n"
)
_LEFT_OUT = "- Tests, documentation and change-log entries are left out"


def default_guidelines(policies: Policies, unresolved_share: float) -> str:
    """The standing guidelines, saying of grader, tests and documentation what holds in this study."""
    lines = []
    for line in GUIDELINES.splitlines(keepends=True):
        if line.startswith(_LEFT_OUT):
            lines.append(f"- {_what_counts(policies)}\n")
        elif line.startswith(_ALL_PASSED) and unresolved_share > 0:
            lines.append(_NEARLY_ALL_PASSED)
        else:
            lines.append(line)
    return "".join(lines)


def _what_counts(policies: Policies) -> str:
    never_missing = "Do not ask for missing tests, documentation or change-log entries."
    match policies.tests, policies.docs:
        case "strip", "strip":
            says = "Tests, documentation and change-log entries are left out of every change. Do not ask for them."
        case "strip", "show":
            says = f"Tests are left out of every change. {never_missing}"
        case "show", "strip":
            says = f"Documentation and change-log entries are left out, tests are shown. {never_missing}"
        case _:
            says = f"A change shows its tests and documentation where it has any. {never_missing}"
    return says
