"""What the reviewer chose last, for the next time: on this machine, in the reviewer's own settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from review_ui.diff.document import Layout


@dataclass(frozen=True, slots=True)
class Choices:
    """Theme, layout, wrapping, and which panes are open; `theme` is empty where none was chosen."""

    theme: str = ""
    layout: Layout = Layout.UNIFIED
    wrapped: bool = True
    tree: bool = True
    issue: bool = True


_ADAPTER = TypeAdapter(Choices)


def read_choices(path: Path) -> Choices:
    """What was chosen last; what cannot be read is as if nothing had been."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Choices()


def write_choices(path: Path, choices: Choices) -> str:
    """Keep them; returns why that was not possible, empty where it was."""
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_ADAPTER.dump_json(_ADAPTER.validate_python(asdict(choices)), indent=1) + b"\n")
        beside.replace(path)
    except OSError as error:
        return f"your choice is not kept for next time ({error.strerror})"
    return ""
