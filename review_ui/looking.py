"""What a reviewer looks at between answers, by key: issue, change, whole files, guidelines, the keys."""

from __future__ import annotations

from collections.abc import Callable

from mergecheck.errors import AnswersError
from review_ui import pages
from review_ui.asking import Left
from review_ui.desk import Desk
from review_ui.diff.find import pattern
from review_ui.repository import Repository
from review_ui.terminal import Terminal
from review_ui.viewed import turn_mark, viewed_files

LONG = 400
"""A change of more lines than this is not printed without asking."""

KEYS = (
    ("a", "accept", "you would merge it as it is"),
    ("r", "request changes", "you would not merge it as it is"),
    ("s", "skip", "you cannot judge it; you say why"),
    ("y", "go on", "after a verdict: to the question who may have written the change"),
    ("c", "correct", "a verdict that you gave before, with a reason once it is closed"),
    ("u", "undo", "take back the last verdict whose author you were not asked about yet"),
    ("i", "issue", "show the issue again"),
    ("d", "change", "show the change again"),
    ("v", "view", "the change in your pager"),
    ("f", "file", "one file whole, as it was or as it would be"),
    ("/", "search", "search the change, with a count"),
    ("w", "viewed", "mark a file as viewed, or take the mark away; d shows only the heads of those"),
    ("t", "repository", "the repository as it was: find a file, open it, search them all"),
    ("m", "comment", "on lines, a file or the whole change"),
    ("o", "comments", "all that you made on this change; change one or take it away"),
    ("l", "list", "all items with your verdicts; go to one of them"),
    ("n", "next", "go to the next item, whatever its state"),
    ("b", "back", "go to the item before, whatever its state"),
    ("g", "guidelines", "show the guidelines"),
    ("p", "pause", "let time stand still"),
    ("?", "help", "this"),
    ("q", "quit", "leave; everything is saved"),
)


class Looking:
    """Shows one thing after another of the item that is on the desk; none of it answers anything."""

    def __init__(self, desk: Desk, terminal: Terminal) -> None:
        self._desk = desk
        self._terminal = terminal
        self._repository = Repository(desk, terminal)

    def look(self, item: str, key: str) -> None:
        """Do what the key stands for; one that stands for nothing is told."""
        looks: dict[str, Callable[[], None]] = {
            "i": lambda: self.issue(item),
            "d": lambda: self.change(item),
            "v": lambda: self._terminal.page(pages.change_page(self._desk.item(item))),
            "f": lambda: self._whole_file(item),
            "/": lambda: self._search(item),
            "w": lambda: self._viewed(item),
            "t": lambda: self._repository.look(item),
            "g": lambda: self._terminal.show(pages.guidelines_page(self._desk)),
            "?": self._help,
            "q": self._quit,
        }
        if key in looks:
            looks[key]()
        else:
            self._terminal.say(f"There is no key {key!r} here; ? shows the keys." if key else "? shows the keys.")

    def issue(self, item: str) -> None:
        """The issue."""
        self._terminal.show(pages.issue_page(self._desk, item))

    def change(self, item: str) -> None:
        """The change; a long one in the pieces that the reviewer asks for."""
        change = self._desk.item(item)
        if pages.change_lines(change) <= LONG:
            self._terminal.show(pages.change_page(change, viewed_files(self._desk, item)))
            return
        self._terminal.show(pages.contents_page(change))
        self._terminal.say(f"That is a long change, {pages.change_lines(change)} lines as it is shown.")
        total, following = len(change.files), 1
        while True:
            # The word of each key, since at an item some of these keys are others.
            on = f"n shows the next file ({following} of {total}), " if following <= total else ""
            key = self._terminal.ask(f"p prints it all, v opens it in your pager, {on}Enter goes on: ")
            key = key.strip().lower()
            if key == "":
                return
            if key == "p":
                self._terminal.show(pages.change_page(change))
                return
            if key in {str(number) for number in range(1, total + 1)}:
                following = int(key)
                key = "n"
            if key == "n" and following <= total:
                self._terminal.show(pages.file_page(change, following))
                following += 1
            elif key in ("v", "q"):
                self.look(item, key)
            else:
                self._terminal.say("Type p, v, n, the number of a file, q to leave, or nothing to go on.")

    def _help(self) -> None:
        for key, word, meaning in KEYS:
            self._terminal.say(f"  {key}  {word}: {meaning}")

    @staticmethod
    def _quit() -> None:
        raise Left

    def _search(self, item: str) -> None:
        wanted = pattern(self._terminal.ask("Search the change for (small letters find either case): "))
        if wanted is not None:
            self._terminal.show(pages.found_page(self._desk.item(item), wanted))

    def _viewed(self, item: str) -> None:
        files = self._desk.item(item).files
        seen = viewed_files(self._desk, item)
        for number, file in enumerate(files, start=1):
            self._terminal.say(f"  {number}  {pages.named(file)}{', viewed' if number in seen else ''}")
        answer = self._terminal.ask(f"File, 1 to {len(files)}; Enter goes back: ").strip()
        if answer.lower() == "q":
            raise Left
        if not answer:
            return
        if answer not in {str(number) for number in range(1, len(files) + 1)}:
            self._terminal.say(f"There is no file {answer!r}.")
            return
        try:
            turn_mark(self._desk, item, int(answer))
        except AnswersError as error:
            self._terminal.say(f"NOT kept. {error}", "red")
            return
        self._terminal.say(f"{len(viewed_files(self._desk, item))} of {len(files)} files viewed.")

    def _whole_file(self, item: str) -> None:
        files = [file for file in self._desk.item(item).files if file.old or file.new]
        if not files:
            self._terminal.say("No file of this change has a text.")
            return
        number = 1
        if len(files) > 1:
            for place, file in enumerate(files, start=1):
                self._terminal.say(f"  {place}  {pages.named(file)}")
            answer = self._terminal.ask(f"File, 1 to {len(files)} [1]: ").strip() or "1"
            if answer.lower() == "q":
                raise Left
            if answer not in {str(place) for place in range(1, len(files) + 1)}:
                self._terminal.say(f"There is no file {answer!r}.")
                return
            number = int(answer)
        file = files[number - 1]
        old = file.new is None
        if file.old and file.new:
            old = self._terminal.ask("o as it was, n as it would be [n]: ").strip().lower() == "o"
        digest = file.old if old else file.new
        assert digest is not None
        path, side = (file.old_path or file.path, "as it was") if old else (file.path, "as it would be")
        self._terminal.show(pages.whole_file_page(path, side, self._desk.packet.text(digest)))
