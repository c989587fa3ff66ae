"""A reviewer's own keys: read from `keys.toml`, put in the place of ours, and what cannot be told."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from textual.binding import Binding
from textual.widgets import Input, TextArea

from review_ui.keymap import ASKING, COMMANDS, CONFIRM, TYPING, Command, Keys, conflicts, in_context

NEEDED = frozenset({"save", "choose", "resume", "close", "later", "change"})
"""Commands that there is no way round: without a key one could not save, or would be caught on a screen."""
_EDITING = frozenset(
    key
    for field in (Input, TextArea)
    for binding in field.BINDINGS
    for key in (binding.key if isinstance(binding, Binding) else binding[0]).split(",")
)
_NAMED = {"up", "down", "left", "right", "home", "end", "pageup", "pagedown"}
_NAMED |= {"insert", "delete", "backspace", "enter", "tab", "space", "escape"}
_NAMED |= {f"f{number}" for number in range(1, 13)}
_SAME_AS = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+[": "escape",
    "ctrl+enter": "enter",
    "shift+enter": "enter",
    "alt+enter": "enter",
    "ctrl+space": "ctrl+@",
    "ctrl+tab": "tab",
    "shift+space": "space",
    "ctrl+backspace": "backspace",
}
_FLOW = {"ctrl+z": "stops the program in many terminals", "ctrl+c": "is the terminal's own"}
_CTRL_LETTER = re.compile(r"ctrl\+[a-z@\\\]^_]")
_MOVING = re.compile(r"(?:ctrl|shift|alt)\+(?:up|down|left|right|home|end|f[0-9]+)|shift\+tab")


def undelivered(key: str) -> str:
    """Why most terminals never send this key; empty where they do."""
    if key in _SAME_AS:
        return f"terminals send {key} as {_SAME_AS[key]}, or not at all"
    if key in _FLOW:
        return f"{key} {_FLOW[key]}"
    if len(key) == 1 or key in _NAMED or _CTRL_LETTER.fullmatch(key) or _MOVING.fullmatch(key):
        return ""
    if "super" in key or "cmd" in key or "meta" in key:
        return f"terminals keep {key} for themselves"
    if key.startswith(("ctrl+", "shift+", "alt+")):
        return f"most terminals do not send {key}"
    return f"there is no key {key}"


def read_keys(path: Path) -> Keys:
    """Our keys with the reviewer's in their place. What cannot be is left out, and told in `notices`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keys()
    except (OSError, ValueError) as error:
        return Keys(notices=(f"{path}: cannot be read ({error}); the usual keys hold",))
    notices: list[str] = []
    wanted = _wanted(path, data, notices)
    return _applied(path, wanted, notices)


def _wanted(path: Path, data: Mapping[str, object], notices: list[str]) -> dict[str, tuple[str, ...]]:
    known = {command.id: command for command in COMMANDS}
    wanted: dict[str, tuple[str, ...]] = {}
    for place, table in data.items():
        if not isinstance(table, dict):
            notices.append(f"{path}: {place} is no table; write [{place}] and a line a command below it")
            continue
        for name, value in table.items():
            command = known.get(f"{place}.{name}")
            if command is None:
                notices.append(f"{path}: there is no command {place}.{name}{_near(place, name)}")
                continue
            keys = [value] if isinstance(value, str) else value
            if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
                notices.append(f"{path}: {command.id}: give a key or a list of keys")
                continue
            if not keys and command.name in NEEDED:
                notices.append(f"{path}: {command.id}: there is no other way to do that; its usual keys hold")
                continue
            wanted[command.id] = _deliverable(path, command, keys, notices)
    return wanted


def _near(place: str, name: str) -> str:
    """The command that may be meant: of this place, where there is such a place."""
    there = {command.name: command.id for command in COMMANDS if command.context == place}
    wanted = name if there else f"{place}.{name}"
    near = difflib.get_close_matches(wanted, there or {command.id: command.id for command in COMMANDS}, n=1)
    return f"; {there.get(near[0], near[0])}?" if near else ""


def _deliverable(path: Path, command: Command, keys: list[str], notices: list[str]) -> tuple[str, ...]:
    taken = []
    for key in (key if len(key) == 1 else key.lower() for key in keys):
        why = undelivered(key)
        if not why and command.context in TYPING and key not in command.keys:
            why = _of_a_field(key)
        if not why and command.name in ASKING and key == CONFIRM:
            why = f"it asks, and {CONFIRM} answers: no key confirms what it asked"
        if why:
            notices.append(f"{path}: {command.id}: {why}; this key is left out")
        else:
            taken.append(key)
    # Without a key that arrives, the usual ones are better than none.
    return tuple(taken) if taken or not keys else command.keys


def _of_a_field(key: str) -> str:
    """Why a key is no command's where there are fields; empty where no field takes it."""
    if len(key) == 1 or key == "space":
        return f"{key} is typed into the text there"
    if key in ("enter", "up", "down", "pageup", "pagedown") or key in _EDITING:
        return f"{key} is for the field that one is in"
    return ""


def _applied(path: Path, wanted: Mapping[str, tuple[str, ...]], notices: list[str]) -> Keys:
    while True:
        commands = tuple(replace(command, keys=wanted.get(command.id, command.keys)) for command in COMMANDS)
        clash = conflicts(commands)
        if not clash:
            return Keys(commands, tuple(notices))
        first, second, key = clash[0]
        # The reviewer's own gives way to ours, and of two of theirs the later.
        loser = second if second.id in wanted else first
        winner = first if loser is second else second
        left = tuple(other for other in wanted[loser.id] if other != key)
        usual = next(command.keys for command in COMMANDS if command.id == loser.id)
        free = tuple(other for other in usual if other not in _held(commands, loser))
        wanted = {**wanted, loser.id: left or free}
        has = f"{loser.id} has {', '.join(left or free) or 'no key'}"
        notices.append(f"{path}: {key} is both {first.id} and {second.id}; it stays with {winner.id}, {has}")


def _held(commands: Iterable[Command], but: Command) -> set[str]:
    return {key for command in in_context(but.context, commands) if command.id != but.id for key in command.keys}
