"""One table of commands, and a reviewer's own keys in their place."""

from pathlib import Path

import pytest

from review_ui.keymap import (
    ASKING,
    COMMANDS,
    CONFIRM,
    TYPING,
    Context,
    conflicts,
    in_context,
    shown_key,
)
from review_ui.keys_file import read_keys, undelivered


def keys(tmp_path: Path, text: str):
    path = tmp_path / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return read_keys(path)


def test_our_own_keys_have_no_conflict_and_arrive():
    assert conflicts(COMMANDS) == []
    assert [(command.id, key) for command in COMMANDS for key in command.keys if undelivered(key)] == []
    typed = [(c.id, key) for c in COMMANDS if c.context in TYPING for key in c.keys if len(key) == 1]
    assert typed == []


def test_every_command_is_told_apart_and_explained():
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert all(command.keys and command.title and command.about for command in COMMANDS)
    assert all(any(command.footer for command in in_context(context)) for context in Context)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("j", "down"), ("down", "down"), ("k", "up"), ("up", "up"), ("[", "previous_hunk"), ("]", "next_hunk"),
        ("{", "previous_file"), ("}", "next_file"), ("/", "search"), ("n", "next_found"), ("N", "previous_found"),
        ("c", "comment"), ("a", "accept"), ("r", "request_changes"), ("s", "skip"), ("u", "undo"), ("i", "issue"),
        ("g", "guidelines"), ("?", "help"), ("q", "quit"),
    ],
)  # fmt: skip
def test_the_keys_that_reviewers_know_are_kept(key, name):
    assert [command.name for command in in_context(Context.REVIEW) if key in command.keys] == [name]


def test_saving_is_ctrl_s_wherever_something_is_saved():
    assert {command.keys for command in COMMANDS if command.name == "save"} == {("ctrl+s",)}


def test_no_command_that_asks_is_the_key_that_confirms():
    assert not [c.id for c in COMMANDS if c.name in ASKING and CONFIRM in c.keys]
    assert len([c for c in COMMANDS if c.name in ASKING]) == 4


def test_a_reviewer_s_key_does_not_confirm_what_it_asked_either(tmp_path):
    changed = keys(tmp_path, '[review]\nundo = "y"\ngo_on = "u"\n')
    assert "no key confirms what it asked" in changed.notices[0]
    assert changed.key(Context.REVIEW, "undo") != "y"


def test_keys_are_replaced(tmp_path):
    changed = keys(tmp_path, '[review]\nnext_hunk = "J"\naccept = ["A", "ctrl+a"]\n')
    assert changed.notices == ()
    assert changed.key(Context.REVIEW, "next_hunk") == "J"
    assert next(c.keys for c in changed.of(Context.REVIEW) if c.name == "accept") == ("A", "ctrl+a")
    assert conflicts(changed.commands) == []


def test_keys_are_swapped(tmp_path):
    changed = keys(tmp_path, '[review]\naccept = "r"\nrequest_changes = "a"\n')
    assert changed.notices == ()
    assert changed.key(Context.REVIEW, "accept") == "r"


def test_a_conflict_is_told_and_the_other_keeps_its_key(tmp_path):
    changed = keys(tmp_path, '[review]\naccept = "q"\n')
    (notice,) = changed.notices
    assert "q is both review.accept and review.quit; it stays with review.quit, review.accept has a" in notice
    assert changed.key(Context.REVIEW, "quit") == "q"
    assert changed.key(Context.REVIEW, "accept") == "a"
    assert conflicts(changed.commands) == []


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("ctrl+enter", "as enter"),
        ("ctrl+i", "as tab"),
        ("ctrl+h", "as backspace"),
        ("super+s", "for themselves"),
        ("ctrl+shift+s", "do not send"),
        ("ctrl+c", "the terminal's own"),
        ("hyper", "there is no key"),
    ],
)
def test_keys_that_do_not_arrive_are_told_and_the_usual_ones_hold(tmp_path, key, why):
    changed = keys(tmp_path, f'[form]\nsave = "{key}"\n')
    (notice,) = changed.notices
    assert why in notice
    assert changed.key(Context.FORM, "save") == "Ctrl+S"


def test_a_letter_is_no_key_where_one_types(tmp_path):
    changed = keys(tmp_path, '[comment]\nsave = "s"\n')
    assert "typed into the text" in changed.notices[0]


@pytest.mark.parametrize("key", ["enter", "ctrl+e", "down", "home", "delete", "space", "pagedown", "f6"])
def test_a_key_that_a_field_takes_is_no_command_s(tmp_path, key):
    """It would be shown as the key that saves, and move in the text."""
    changed = keys(tmp_path, f'[comment]\nsave = ["{key}", "f9"]\n')
    (notice,) = changed.notices
    assert f"comment.save: {key} is" in notice
    assert changed.key(Context.COMMENT, "save") == "F9"
    assert keys(tmp_path, '[finder]\nchoose = "enter"\n').notices == ()


@pytest.mark.parametrize("command", ["form.save", "pause.resume", "finder.close", "guess.later", "form.change"])
def test_what_there_is_no_way_round_keeps_a_key(tmp_path, command):
    place, name = command.split(".")
    changed = keys(tmp_path, f"[{place}]\n{name} = []\n")
    (notice,) = changed.notices
    assert f"{command}: there is no other way" in notice
    assert changed.commands == COMMANDS


def test_a_sentence_names_the_way_that_is_left(tmp_path):
    assert keys(tmp_path, "[review]\nwrap = []\n").key(Context.REVIEW, "wrap") == "“wrap” (in the palette)"
    changed = keys(tmp_path, "[review]\nwrap = []\npalette = []\n")
    assert changed.key(Context.REVIEW, "wrap") == "“wrap” (no key)"


def test_nothing_is_suggested_that_has_only_its_place_in_common(tmp_path):
    (notice,) = keys(tmp_path, "[review]\nnxt = 'J'\n").notices
    assert notice.endswith("there is no command review.nxt")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[review]\nnext_hunkk = 'J'\n", "review.next_hunk?"),
        ("[revew]\naccept = 'J'\n", "review.accept?"),
        ("[revew]\naccept = 'J'\n", "no command revew.accept"),
        ("review = 'J'\n", "is no table"),
        ("[review]\naccept = 3\n", "give a key or a list of keys"),
        ("[review\n", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_usual_keys_hold(tmp_path, text, part):
    changed = keys(tmp_path, text)
    assert part in changed.notices[0]
    assert changed.commands == COMMANDS


def test_without_a_file_there_is_nothing_to_tell(tmp_path):
    assert read_keys(tmp_path / "keys.toml").notices == ()


@pytest.mark.parametrize(
    ("key", "shown"), [("ctrl+s", "Ctrl+S"), ("f1", "F1"), ("down", "↓"), ("G", "G"), ("]", "]")]
)
def test_keys_are_shown_as_they_are_typed(key, shown):
    assert shown_key(key) == shown
