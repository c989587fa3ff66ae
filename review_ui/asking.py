"""A form, field by field: each answer is checked at once, kept at once, and one can go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from review_ui.pages import prose
from review_ui.terminal import Terminal

Fields = dict[str, str]
BACK, STOP, HELP, NOTHING = "<", "x", "?", "-"
FORM_KEYS = (
    "Enter takes what stands in brackets. < goes back a field, x stops the form (what you gave is kept), "
    "i shows the issue, d the change, ? this, q leaves."
)
END = "."
COMMAND = ":"
"""Begins a command inside free text, so that no line of a pasted comment is taken for one."""
COMMENT_KEYS = "A single . on a line ends it; :x stops, :< goes back, :- throws away, :? says more."
COMMENT_HELP = (
    "A single . on a line, or Ctrl-D, ends it; empty lines belong to it, but an empty first line is no comment. "
    "Alone on a line, :< goes back a field, :x stops the form (what you gave is kept), :- throws away what "
    "stands, :i shows the issue, :d the change, :q leaves."
)


class Left(Exception):
    """The reviewer wants to go."""


class GoneBack(Exception):
    """To the field before this one."""


def always(_given: Mapping[str, str]) -> bool:
    """Ask in any case."""
    return True


@dataclass(frozen=True, slots=True)
class Question:
    """One field.

    `shortcuts` maps what may be typed to what it stands for; `default` is taken on an empty line unless an
    earlier answer is at hand; `applies` says from the answers before it whether the field is asked at all.
    """

    name: str
    prompt: str
    choices: tuple[str, ...] = ()
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    applies: Callable[[Mapping[str, str]], bool] = always
    several_lines: bool = False


class Asking:
    """Asks the questions of one form.

    Args:
        terminal: where.
        check: what is wrong with the answers so far: field → what to do.
        keep: called with all answers after each, to keep them should the program end.
        look: keys that show something in between (issue, change).
    """

    def __init__(
        self,
        terminal: Terminal,
        check: Callable[[Fields], Mapping[str, str]],
        keep: Callable[[Fields], None],
        look: Mapping[str, Callable[[], None]],
    ) -> None:
        self._terminal = terminal
        self._check = check
        self._keep = keep
        self._look = look

    def ask(self, questions: tuple[Question, ...], fixed: Fields, before: Mapping[str, str]) -> Fields | None:
        """All answers, `fixed` ones included; None where the reviewer stopped.

        Args:
            questions: in order.
            fixed: answers that are not asked for.
            before: earlier answers, offered as defaults.
        """
        given = dict(fixed)
        number: int | None = 0
        while number is not None:
            while number < len(questions):
                question = questions[number]
                if not question.applies(given):
                    given.pop(question.name, None)
                    number += 1
                    continue
                try:
                    answer = self._answer(question, given, self._offered(question, given, before))
                except GoneBack:
                    number = self._before(questions, number, given)
                    continue
                if answer is None:
                    return None
                given[question.name] = answer
                self._keep(given)
                number += 1
            number = self._first_wrong(questions, given)
        return given

    def _offered(self, question: Question, given: Fields, before: Mapping[str, str]) -> str:
        """The answer to offer: an earlier one where it will still do."""
        earlier = {**before, **given}.get(question.name, question.default)
        wrong = not question.several_lines and question.name in self._check({**given, question.name: earlier})
        return question.default if wrong else earlier

    def _first_wrong(self, questions: tuple[Question, ...], given: Fields) -> int | None:
        """The first field that will not do now that all are answered; says why."""
        problems = self._check(given)
        for number, question in enumerate(questions):
            if question.name in problems and question.applies(given):
                self._refuse(problems[question.name])
                return number
        return None

    @staticmethod
    def _before(questions: tuple[Question, ...], number: int, given: Fields) -> int:
        return next((n for n in range(number - 1, -1, -1) if questions[n].applies(given)), number)

    def _answer(self, question: Question, given: Fields, default: str) -> str | None:
        if question.several_lines:
            return self._lines(question, given, default)
        self._show(question)
        while True:
            standing = f" [{_titled(question, default)}]" if default else ""
            text = self._terminal.ask(f"{question.prompt}{standing}: ").strip() or default
            key = text.lower()
            if key == BACK:
                raise GoneBack
            if key == STOP:
                return None
            if key == HELP:
                self._terminal.say(FORM_KEYS)
                self._show(question)
                continue
            answer = question.shortcuts.get(key, text)
            if answer == text and key in self._look:
                self._look[key]()
                continue
            problem = self._check({**given, question.name: answer}).get(question.name)
            if problem is None:
                return answer
            # What a file would say is no use to somebody who types one key.
            self._refuse(f"type one of {', '.join(question.shortcuts)}" if question.shortcuts else problem)
            self._show(question)

    def _refuse(self, problem: str) -> None:
        self._terminal.say(f"{problem[0].upper()}{problem[1:]}.", "yellow")

    def _show(self, question: Question) -> None:
        for choice in question.choices:
            self._terminal.say(f"  {choice}")

    def _lines(self, question: Question, given: Fields, default: str) -> str | None:
        self._terminal.say(f"{question.prompt}. {COMMENT_KEYS}")
        lines = default.split("\n") if default else []
        if lines:
            self._terminal.say("It stands as below; an empty first line keeps it, further lines are added.")
            self._terminal.show(prose("\n".join(f"  {line}" for line in lines)))
        added = False

        def typed(line: str) -> None:
            self._keep({**given, question.name: "\n".join([*lines, line] if line else lines)})

        while True:
            line, ended = self._line(typed, begun=added)
            if line.startswith(COMMAND) and line[1:] in (BACK, STOP, NOTHING, HELP, *self._look):
                # While it was typed it was kept as if it were text.
                self._keep({**given, question.name: "\n".join(lines)})
                if line[1:] == STOP:
                    return None
                lines = self._command(line[1:], lines)
            elif ended:
                problem = self._check({**given, question.name: "\n".join(lines)}).get(question.name)
                if problem is None:
                    return "\n".join(lines)
                self._refuse(problem)
                continue
            else:
                lines, added = [*lines, line], True
            # Going back a field does not lose it either.
            given[question.name] = "\n".join(lines)
            self._keep(given)

    def _line(self, typed: Callable[[str], None], *, begun: bool) -> tuple[str, bool]:
        """A line of free text, and whether it ends the text."""
        try:
            line = self._terminal.ask("> ", typed).rstrip()
        except EOFError:
            # Ctrl-D ends the text; input that is at its end, or a terminal that has gone, ends the review.
            if not self._terminal.there():
                raise
            self._terminal.say()
            return "", True
        # The empty line that a paste begins with is part of it.
        return line, line == END or (line == "" and not begun and not self._terminal.more_waits())

    def _command(self, key: str, lines: list[str]) -> list[str]:
        if key == BACK:
            raise GoneBack
        if key == NOTHING:
            self._terminal.say("Thrown away.")
            return []
        if key == HELP:
            self._terminal.say(COMMENT_HELP)
        else:
            self._look[key]()
        return lines


def _titled(question: Question, answer: str) -> str:
    # A choice is offered by what one would type for it.
    return next((key for key, value in question.shortcuts.items() if value == answer), answer)
