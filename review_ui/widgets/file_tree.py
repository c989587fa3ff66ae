"""The files of a change as a tree, with a filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Tree
from textual.widgets.tree import TreeNode

from mergecheck.packet.format import PacketFile
from mergecheck.records import Kind
from review_ui.diff.cells import shortened
from review_ui.pages import counts
from review_ui.shown import shown

WIDTH, FOLDER_WIDTH, GUIDE, SHORTEST = 32, 22, 2, 8
"""Columns: of the pane, of a folder's name at most, of a step inwards, of a file's name at least."""
LETTERS = {Kind.MODIFIED: "M", Kind.ADDED: "A", Kind.DELETED: "D", Kind.RENAMED: "R", Kind.MODE: "P"}


@dataclass
class Folder:
    """A folder of the tree: its folders by name, its files by name and number."""

    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[tuple[str, int]] = field(default_factory=list)


def folders_of(paths: Sequence[str], wanted: str = "") -> Folder:
    """The folders of those paths that hold what is wanted (in any case of letters)."""
    root = Folder()
    for number, path in enumerate(paths):
        if wanted.lower() not in path.lower():
            continue
        *parents, name = path.split("/")
        folder = root
        for parent in parents:
            folder = folder.folders.setdefault(parent, Folder())
        folder.files.append((name, number))
    return root


class FileTree(Vertical):
    """The files; posts `Chosen` when one is chosen."""

    DEFAULT_CSS = """
    FileTree { width: 32; height: 1fr; border-right: vkey $panel; }
    FileTree Input { height: 1; border: none; padding: 0 1; background: $panel; }
    FileTree Tree { height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    class Chosen(Message):
        """A file was chosen, by its number."""

        def __init__(self, file: int) -> None:
            super().__init__()
            self.file = file

    def __init__(self, viewed: Callable[[int], bool]) -> None:
        super().__init__()
        self._viewed = viewed
        self._files: Sequence[PacketFile] = ()
        self._leaves: dict[int, TreeNode[int | None]] = {}

    def compose(self) -> ComposeResult:
        """A filter above the tree."""
        yield Input(placeholder="filter files", id="filter", compact=True)
        tree: Tree[int | None] = Tree("files", id="tree")
        tree.show_root = False
        tree.guide_depth = GUIDE
        yield tree

    @property
    def shown_tree(self) -> Tree[int | None]:
        """The tree itself."""
        return self.query_one("#tree", Tree)

    def show(self, files: Sequence[PacketFile]) -> None:
        """Show these files."""
        self._files = files
        self.query_one("#filter", Input).value = ""
        self._fill("")

    def refresh_labels(self) -> None:
        """Something was viewed, or no longer is."""
        for number, node in self._leaves.items():
            node.set_label(self._label(number, self._files[number].path.rpartition("/")[2], _depth(node)))

    def follow(self, file: int) -> None:
        """Point to the file that one is in."""
        node = self._leaves.get(file)
        if node is not None and not self.shown_tree.has_focus and self.shown_tree.cursor_node is not node:
            self.shown_tree.move_cursor(node)

    def _fill(self, wanted: str) -> None:
        tree = self.shown_tree
        tree.clear()
        self._leaves.clear()
        self._add(tree.root, folders_of([file.path for file in self._files], wanted))
        tree.root.expand()

    def _add(self, node: TreeNode[int | None], folder: Folder) -> None:
        for name, inner in folder.folders.items():
            # Folders that hold nothing but one folder share a row.
            while not inner.files and len(inner.folders) == 1:
                (below, inner), *_ = inner.folders.items()
                name = f"{name}/{below}"
            room = min(FOLDER_WIDTH, max(WIDTH - 5 - GUIDE * (_depth(node) + 1), SHORTEST))
            label = Text(f"{shortened(shown(name), room)}/", "bold", no_wrap=True)
            self._add(node.add(label, expand=True), inner)
        for name, number in folder.files:
            self._leaves[number] = node.add_leaf(self._label(number, name, _depth(node) + 1), number)

    def _label(self, number: int, name: str, depth: int) -> Text:
        file = self._files[number]
        added, removed = counts(file)
        mark = "✓" if self._viewed(number) else LETTERS[file.kind]
        counted = f"+{added} −{removed}"
        # All of a row has room in the pane, without what is narrower by the line beside it and a scroll bar.
        room = WIDTH - 2 - GUIDE * depth - len(f"{mark}  {counted}")
        label = Text(f"{mark} {shortened(shown(name), max(room, SHORTEST))} ", no_wrap=True)
        return label.append(counted, "dim")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The first file that is left."""
        event.stop()
        if self._leaves:
            self.post_message(self.Chosen(min(self._leaves)))

    def on_tree_node_selected(self, event: Tree.NodeSelected[int | None]) -> None:
        """A file was chosen; a folder folds by itself."""
        event.stop()
        if event.node.data is not None:
            self.post_message(self.Chosen(event.node.data))


def _depth(node: TreeNode[int | None]) -> int:
    """How many folders stand above it."""
    depth, above = 0, node.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    return depth
