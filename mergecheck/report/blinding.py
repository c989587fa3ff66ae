"""What the audit of the blinding found, for a person and as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.assign.audit import Audit, Finding, Severity
from mergecheck.assign.audit.records import TITLES, Shown
from mergecheck.report.words import count
from mergecheck.store.blinding import Decided, Decision

MOST_PLACES = 3
"""Packets and items that are named of one finding; the rest is counted."""

DONE = {
    Decision.REDACT: "redacted in every packet of round {next} and later",
    Decision.DROP: "its instance is dropped",
    Decision.ACCEPT: "accepted",
}


def unresolved(audit: Audit, settled: Mapping[str, Decided]) -> list[Finding]:
    """The leaks that nobody has decided about."""
    return [one for one in audit.findings if one.severity is Severity.LEAK and one.id not in settled]


def audit_as_json(audit: Audit, settled: Mapping[str, Decided]) -> dict[str, Any]:
    """Findings and checks as plain data; `decision` is null for what nobody has decided about."""
    return {
        "unresolved": len(unresolved(audit, settled)),
        "findings": [_finding(one, settled.get(one.id)) for one in audit.findings],
        "checks": [
            {
                "leak": int(check.leak),
                "title": TITLES[check.leak],
                "looked_at": check.looked_at,
                "not_looked_at": check.missing,
                "leaks": sum(one.leak is check.leak and one.severity is Severity.LEAK for one in audit.findings),
                "notes": sum(one.leak is check.leak and one.severity is Severity.NOTE for one in audit.findings),
            }
            for check in audit.checks
        ],
    }


def _finding(one: Finding, decided: Decided | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "leak": int(one.leak),
        "severity": str(one.severity),
        "what": one.what,
        "place": one.place,
        "literal": one.literal,
        "excerpt": one.excerpt,
        "instance": one.instance,
        "candidates": list(one.candidates),
        "shown": [{"packet": at.packet, "number": at.number, "item": at.item} for at in one.shown],
        "fix": one.fix,
        "decision": None
        if decided is None
        else {"what": str(decided.decision), "why": decided.why, "at": decided.at},
    }


def print_audit(audit: Audit, settled: Mapping[str, Decided], console: Console | None = None) -> None:
    """Print findings by leak, each with its places, and for each of the twelve checks what it looked at."""
    console = console or Console(highlight=False)
    for check in audit.checks:
        mine = [one for one in audit.findings if one.leak is check.leak]
        console.print()
        console.print(
            Text.assemble((f"{int(check.leak):>2} {TITLES[check.leak]}", "bold cyan"), f"  {_total(mine)}")
        )
        _say(console, f"looked at {check.looked_at}", "dim")
        if check.missing:
            _say(console, f"not looked at: {check.missing}", "yellow")
        for one in mine:
            _print_finding(console, one, settled.get(one.id))
    left = len(unresolved(audit, settled))
    notes = sum(one.severity is Severity.NOTE for one in audit.findings)
    decided = sum(one.severity is Severity.LEAK and one.id in settled for one in audit.findings)
    console.print()
    words = f"{count(left, 'leak waits', 'leaks wait')} for a decision, {decided} decided, {count(notes, 'note')}"
    console.print(Text(words, style="bold red" if left else "bold green"))


def _total(found: Sequence[Finding]) -> str:
    leaks = sum(one.severity is Severity.LEAK for one in found)
    notes = len(found) - leaks
    said = [count(leaks, "leak")] if leaks else []
    said += [count(notes, "note")] if notes else []
    return ", ".join(said) or "nothing found"


def _print_finding(console: Console, one: Finding, decided: Decided | None) -> None:
    style = "bold red" if one.severity is Severity.LEAK and decided is None else ""
    head = Text.assemble((one.id, "bold"), "  ", (str(one.severity), style), f"  {plain(one.place)}")
    if one.instance is not None:
        head.append(f"  {one.instance}", style="dim")
    console.print(Padding(head, (0, 0, 0, 3)))
    _say(console, one.what, indent=5)
    if one.excerpt:
        _say(console, f"“{plain(one.excerpt)}”", indent=5)
    places = _places(one.shown)
    if places:
        _say(console, places, "dim", indent=5)
    if decided is not None:
        done = DONE[decided.decision].format(next=decided.round + 1)
        _say(console, f"{done}: {plain(decided.why)}", "green", indent=5)
    elif one.severity is Severity.LEAK:
        _say(console, f"→ {one.fix}", indent=5)


def _places(shown: Sequence[Shown]) -> str:
    told = []
    for at in shown[:MOST_PLACES]:
        item = "" if at.number is None else f", item {at.number} ({at.item})"
        told.append(f"{plain(at.packet)}{item}" if at.packet else "in the next round")
    if len(shown) > MOST_PLACES:
        told.append(f"and {len(shown) - MOST_PLACES} more")
    return "; ".join(dict.fromkeys(told))


def plain(text: str) -> str:
    """A text from a change or a packet without anything that a terminal would obey."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode("ascii") for one in text
    )


def _say(console: Console, text: str, style: str = "", indent: int = 3) -> None:
    console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))
