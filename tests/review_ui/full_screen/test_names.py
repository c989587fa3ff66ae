"""Textual's classes have private names of their own; ours must not take them."""

import ast
import inspect
from pathlib import Path

import textual.app
import textual.dom
import textual.message_pump
import textual.screen
import textual.scroll_view
import textual.widget
import textual.widgets._input
import textual.widgets._option_list

import review_ui

THEIRS = (
    textual.app, textual.dom, textual.message_pump, textual.screen, textual.scroll_view, textual.widget,
    textual.widgets._input, textual.widgets._option_list,
)  # fmt: skip
ALLOWED = {"_filters"}
"""Replaced on purpose: the filter for NO_COLOR."""


def assigned(tree: ast.AST) -> set[str]:
    """The names that are set on `self`."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def test_no_private_name_of_textual_is_set():
    theirs = {
        name
        for module in THEIRS
        for name in assigned(ast.parse(inspect.getsource(module)))
        if name.startswith("_") and not name.startswith("__")
    }
    root = Path(review_ui.__file__).parent
    taken = {
        f"{file.name}: {name}"
        for folder in ("screens", "widgets")
        for file in (root / folder).glob("*.py")
        for name in assigned(ast.parse(file.read_text(encoding="utf-8"))) & theirs - ALLOWED
    }
    for name in ("app.py", "keeping.py"):
        taken |= assigned(ast.parse((root / name).read_text(encoding="utf-8"))) & theirs - ALLOWED
    assert taken == set()
