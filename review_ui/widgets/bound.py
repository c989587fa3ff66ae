"""Keys from the table, as Textual takes them."""

from __future__ import annotations

from textual.binding import Binding

from review_ui.keymap import COMMANDS, Context, Keys, in_context


def bound(context: Context) -> list[Binding]:
    """The bindings of a place. Their ids are the commands': a reviewer's keys replace them by it."""
    return [
        Binding(
            ",".join(map(_key, command.keys)),
            command.name,
            command.title,
            show=False,
            id=command.id,
            # At once: what is typed next is the next field's, also where it is typed before this has been seen to.
            priority=command.name in ("next_field", "previous_field"),
        )
        for command in in_context(context)
    ]


def replaced(keys: Keys) -> dict[str, str]:
    """The keys that are others than ours, as Textual's keymap: it goes through all of it at each key.

    For Textual a command without keys is one that keeps its usual ones, so it gets one that nobody can press.
    """
    ours = {command.id: command.keys for command in COMMANDS}
    return {
        command.id: ",".join(map(_key, command.keys)) or f"none_{command.id}"
        for command in keys.commands
        if command.keys != ours[command.id]
    }


def _key(key: str) -> str:
    # A comma separates keys there.
    return "comma" if key == "," else key
