"""The form itself, whatever it asks: no answer that the rules refuse comes out of it."""

import io
import sys

import pytest

from review_ui.asking import Asking, Question
from review_ui.terminal import Terminal

LEAST, MOST = Question("least", "Least"), Question("most", "Most")


def disordered(fields):
    """A rule over two fields, which says nothing until both are there, and then of the first."""
    wrong = all(map(fields.get, ("least", "most"))) and int(fields["least"]) > int(fields["most"])
    return {"least": "give no more than the most"} if wrong else {}


@pytest.fixture
def asked(monkeypatch, capsys):
    """Asks both fields with these lines typed; returns the answers and what was said."""

    def ask(*lines: str):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(line + "\n" for line in lines)))
        terminal = Terminal(lambda: None, lambda: None)
        given = Asking(terminal, disordered, lambda fields: None, {}).ask((LEAST, MOST), {}, {})
        return given, capsys.readouterr().out

    return ask


def test_what_turns_out_wrong_at_the_end_leads_back_to_its_field(asked):
    given, said = asked("9", "5", "2", "5")
    assert given == {"least": "2", "most": "5"}
    assert said.count("Give no more than the most.") == 1


def test_what_is_right_is_asked_once(asked):
    assert asked("2", "5") == ({"least": "2", "most": "5"}, "Least: \nMost: \n")
