"""The one table of commands: footer, help, palette and keys are all made from it.

Keys are written as they are typed (`]`, `?`, `G`) or named (`ctrl+s`, `down`, `escape`). A reviewer's `keys.toml`
replaces them: a table a place, a line a command, `next_hunk = "]"` or a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Context(StrEnum):
    """Where a command works; the names of the tables in `keys.toml`."""

    START = "start"
    REVIEW = "review"
    FORM = "form"
    GUESS = "guess"
    COMMENT = "comment"
    COMMENTS = "comments"
    ITEMS = "items"
    READING = "reading"
    FILE = "file"
    FINDER = "finder"
    SEARCH = "search"
    HELP = "help"
    PAUSE = "pause"
    END = "end"


TYPING = frozenset({Context.FORM, Context.GUESS, Context.COMMENT, Context.FINDER, Context.SEARCH, Context.HELP})
"""Where text is typed: a key that is a letter would never be a command there."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `footer`: the smaller, the longer it stays in a narrow footer; 0 never stands there."""

    context: Context
    name: str
    keys: tuple[str, ...]
    title: str
    about: str
    footer: int = 0

    @property
    def id(self) -> str:
        """Its name with its place: unique."""
        return f"{self.context}.{self.name}"


def _commands(context: Context, *rows: tuple[str, str, str, str, int]) -> tuple[Command, ...]:
    return tuple(
        Command(context, name, tuple(keys.split()), title, about, footer)
        for name, keys, title, about, footer in rows
    )


REVIEW = _commands(
    Context.REVIEW,
    ("down", "j down", "down", "one line down", 0),
    ("up", "k up", "up", "one line up", 0),
    ("half_down", "ctrl+d", "half a screen down", "half a screen down", 0),
    ("half_up", "ctrl+u", "half a screen up", "half a screen up", 0),
    ("page_down", "space pagedown", "a screen down", "a screen down", 0),
    ("page_up", "b pageup", "a screen up", "a screen up", 0),
    ("top", "home", "top", "to the first line", 0),
    ("bottom", "G end", "bottom", "to the last line", 0),
    ("left", "left <", "left", "scroll to the left, where lines are not wrapped", 0),
    ("right", "right >", "right", "scroll to the right, where lines are not wrapped", 0),
    ("next_hunk", "]", "next hunk", "to the next hunk", 5),
    ("previous_hunk", "[", "previous hunk", "to the hunk before", 0),
    ("next_file", "}", "next file", "to the next file", 6),
    ("previous_file", "{", "previous file", "to the file before", 0),
    ("accept", "a", "accept", "you would merge it as it is", 1),
    ("request_changes", "r", "request changes", "you would not merge it as it is", 2),
    ("skip", "s", "skip", "you cannot judge it; you say why", 3),
    ("go_on", "y", "go on", "after a verdict: to who may have written it; then to the next item", 1),
    ("revise", "d", "change verdict", "the verdict that stands: revise it, or correct it with a reason", 2),
    ("undo", "u", "undo", "take back the last verdict whose author you were not asked about yet", 9),
    ("comment", "c", "comment", "on the current line or the marked range", 4),
    ("comment_file", "C", "comment on file", "on the current file", 0),
    ("comment_change", "W", "comment on change", "on the whole change", 0),
    ("mark_range", "v", "mark range", "begin a range at the current line, or drop it", 0),
    ("comments", "x", "comments", "all comments; jump to one, edit or delete it", 10),
    ("issue", "i", "issue", "show or hide the issue", 7),
    ("guidelines", "g", "guidelines", "what the study asks for", 0),
    ("search", "/", "search", "search the change", 8),
    ("next_found", "n", "next found", "to the next place that was found", 0),
    ("previous_found", "N", "previous found", "to the place found before", 0),
    ("escape", "escape", "clear", "drop the search, then the range", 0),
    ("layout", "t", "layout", "one under the other, side by side, or automatic", 11),
    ("wrap", "w", "wrap", "break long lines, or scroll sideways", 0),
    ("side", "tab", "other side", "side by side: which side the current line is on", 0),
    ("more", "e", "more context", "show hidden lines at the nearest gap", 12),
    ("whole_file", "E", "whole file", "show all lines of the file, or only the hunks", 0),
    ("fold", "z enter", "fold file", "show only the file's head, or all of it", 0),
    ("viewed", "m", "viewed", "mark the file as viewed and fold it", 13),
    ("tree", "f", "files", "show or hide the tree of files", 14),
    ("tree_filter", "F", "filter files", "type part of a path", 0),
    ("find_file", "ctrl+o", "find file", "any file of the repository as it was", 0),
    ("search_tree", "S", "search repository", "in the repository as it was", 0),
    ("editor", "o", "editor", "open a read-only copy in $EDITOR at the current line", 0),
    ("copy", "Y", "copy", "copy the line or the range through the terminal (OSC 52)", 0),
    ("copy_path", "P", "copy path", "copy the file's path", 0),
    ("items", "l", "items", "all items with your verdicts; go to one", 15),
    ("next_item", ")", "next item", "to the next item, whatever its state", 0),
    ("previous_item", "(", "item before", "to the item before, whatever its state", 0),
    ("pause", "p", "pause", "let time stand still", 0),
    ("clock", "ctrl+t", "clock", "show or hide the time spent on this item", 0),
    ("theme", "T", "theme", "the next theme", 0),
    ("palette", ": ctrl+p", "commands", "every command by name", 0),
    ("help", "?", "help", "all keys, with a search", 1),
    ("quit", "q ctrl+q", "quit", "leave; everything is saved", 16),
)

OTHERS = (
    *_commands(
        Context.START,
        ("begin", "enter", "begin", "to the item where you left", 1),
        ("practise", "p", "practise", "a practice item, which does not count", 2),
        ("items", "l", "items", "all items with your verdicts", 3),
        ("down", "j down", "down", "scroll down", 0),
        ("up", "k up", "up", "scroll up", 0),
        ("page_down", "space pagedown", "a screen down", "scroll a screen down", 0),
        ("page_up", "b pageup", "a screen up", "scroll a screen up", 0),
        ("theme", "T", "theme", "the next theme", 0),
        ("palette", ": ctrl+p", "commands", "every command by name", 0),
        ("help", "?", "help", "all keys, with a search", 1),
        ("quit", "q ctrl+q", "quit", "leave", 4),
    ),
    *_commands(
        Context.FORM,
        ("save", "ctrl+s", "save", "save the verdict; then it is on disk", 1),
        ("change", "escape", "back to the change", "what you gave is kept", 2),
        ("issue", "f2", "issue", "read the issue", 3),
        ("guidelines", "f3", "guidelines", "read the guidelines", 0),
        ("comments", "f4", "comments", "read your comments", 4),
        ("next_field", "tab", "next field", "to the next field", 0),
        ("previous_field", "shift+tab", "field before", "to the field before", 0),
        ("help", "f1", "help", "all keys", 5),
    ),
    *_commands(
        Context.GUESS,
        ("save", "ctrl+s", "save", "save the answer; then it is on disk", 1),
        ("later", "escape", "later", "back to the change; the question stays open", 2),
        ("next_field", "tab", "next field", "to the next field", 0),
        ("previous_field", "shift+tab", "field before", "to the field before", 0),
        ("help", "f1", "help", "all keys", 3),
    ),
    *_commands(
        Context.COMMENT,
        ("save", "ctrl+s", "save", "save the comment; then it is on disk", 1),
        ("later", "escape", "later", "keep what is written as a draft and go back", 2),
    ),
    *_commands(
        Context.COMMENTS,
        ("down", "j down", "down", "one comment down", 0),
        ("up", "k up", "up", "one comment up", 0),
        ("jump", "enter", "jump", "to where the comment is", 1),
        ("edit", "e", "edit", "change its text", 2),
        ("delete", "D", "delete", "take it away, after a question", 3),
        ("close", "escape x q", "back", "back to the change", 4),
        ("help", "?", "help", "all keys", 5),
    ),
    *_commands(
        Context.ITEMS,
        ("down", "j down", "down", "one item down", 0),
        ("up", "k up", "up", "one item up", 0),
        ("jump", "enter", "go to it", "to this item", 1),
        ("next_open", "o", "next open", "to the next item that is not done", 2),
        ("close", "escape l q", "back", "back", 3),
        ("help", "?", "help", "all keys", 4),
    ),
    *_commands(
        Context.READING,
        ("down", "j down", "down", "scroll down", 0),
        ("up", "k up", "up", "scroll up", 0),
        ("page_down", "space pagedown", "a screen down", "scroll a screen down", 1),
        ("page_up", "b pageup", "a screen up", "scroll a screen up", 0),
        ("source", "m", "as written", "rendered, or as it was written", 2),
        ("close", "escape i g q f2 f3", "back", "back", 3),
        ("help", "?", "help", "all keys", 4),
    ),
    *_commands(
        Context.FILE,
        ("down", "j down", "down", "one line down", 0),
        ("up", "k up", "up", "one line up", 0),
        ("half_down", "ctrl+d", "half a screen down", "half a screen down", 0),
        ("half_up", "ctrl+u", "half a screen up", "half a screen up", 0),
        ("page_down", "space pagedown", "a screen down", "a screen down", 1),
        ("page_up", "b pageup", "a screen up", "a screen up", 0),
        ("top", "home", "top", "to the first line", 0),
        ("bottom", "G end", "bottom", "to the last line", 0),
        ("left", "left <", "left", "scroll to the left", 0),
        ("right", "right >", "right", "scroll to the right", 0),
        ("search", "/", "search", "search this file", 2),
        ("next_found", "n", "next found", "to the next place that was found", 0),
        ("previous_found", "N", "previous found", "to the place found before", 0),
        ("wrap", "w", "wrap", "break long lines, or scroll sideways", 3),
        ("editor", "o", "editor", "open a read-only copy in $EDITOR at the current line", 0),
        ("copy", "Y", "copy", "copy the line through the terminal (OSC 52)", 0),
        ("find_file", "ctrl+o", "find file", "another file of the repository as it was", 4),
        ("search_tree", "S", "search repository", "in the repository as it was", 5),
        ("close", "escape q", "back", "drop the search; then back to the change", 6),
        ("help", "?", "help", "all keys", 7),
    ),
    *_commands(
        Context.FINDER,
        ("choose", "enter", "open", "open it", 1),
        ("down", "down ctrl+n", "down", "one row down", 0),
        ("up", "up ctrl+p", "up", "one row up", 0),
        ("close", "escape", "back", "back", 2),
    ),
    *_commands(
        Context.SEARCH,
        ("accept", "enter", "search", "go to the first place behind the current line", 1),
        ("close", "escape", "back", "drop the search", 2),
    ),
    *_commands(
        Context.HELP,
        ("down", "down", "down", "scroll down", 0),
        ("up", "up", "up", "scroll up", 0),
        ("close", "escape f1", "back", "back", 1),
    ),
    *_commands(Context.PAUSE, ("resume", "enter escape p", "go on", "let time go on", 1)),
    *_commands(
        Context.END,
        ("finish", "f", "finish", "declare the review finished", 1),
        ("items", "l", "items", "all items with your verdicts; look again", 2),
        ("undo", "u", "undo", "take back the last verdict whose author you were not asked about yet", 3),
        ("help", "?", "help", "all keys", 4),
        ("quit", "q ctrl+q", "quit", "leave; everything is saved", 5),
    ),
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (*REVIEW, *OTHERS)

CONFIRM, REFUSE = "y", "escape"
"""Dialogs ask with one key and take another: none that ask is `y`."""
ASKING = ("undo", "delete", "finish")
"""The commands that ask."""


def in_context(context: Context, commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """The commands of a place, in the table's order."""
    return tuple(command for command in commands if command.context is context)


def conflicts(commands: Iterable[Command]) -> list[tuple[Command, Command, str]]:
    """Two commands of one place on one key, each such pair, with the key."""
    taken: dict[tuple[Context, str], Command] = {}
    found: list[tuple[Command, Command, str]] = []
    for command in commands:
        for key in command.keys:
            first = taken.setdefault((command.context, key), command)
            if first is not command:
                found.append((first, command, key))
    return found


@dataclass(frozen=True, slots=True)
class Keys:
    """The commands with the keys that hold, and what was wrong with the reviewer's own."""

    commands: tuple[Command, ...] = COMMANDS
    notices: tuple[str, ...] = ()

    def of(self, context: Context) -> tuple[Command, ...]:
        """The commands of a place."""
        return in_context(context, self.commands)

    def key(self, context: Context, name: str) -> str:
        """The first key of a command, as a sentence names it; where it has none, the way that is left."""
        commands = {command.name: command for command in self.of(context)}
        command = commands[name]
        if command.keys:
            return shown_key(command.keys[0])
        palette = commands.get("palette")
        return f"“{command.title}” ({'in the palette' if palette and palette.keys else 'no key'})"


def shown_key(key: str) -> str:
    """A key as it is shown: `^S` would be shorter and fewer would know it."""
    names = {"down": "↓", "up": "↑", "left": "←", "right": "→", "escape": "Esc", "enter": "Enter", "tab": "Tab"}
    names |= {"space": "Space", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End"}
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    upper = (modifiers and len(last) == 1) or re.fullmatch(r"f[0-9]+", last)
    last = names.get(last, last.upper() if upper else last)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), last])
