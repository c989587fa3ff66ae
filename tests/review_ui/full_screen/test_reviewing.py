"""A review from the first key to the last, and what is on disk after each."""

import json
import re

import pytest
from textual.events import Key
from textual.widgets import TextArea

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.open import Packet
from mergecheck.packet.outcome import fold
from mergecheck.records import Decision, Front
from review_ui.desk import Desk
from review_ui.drafts import drafts_path
from review_ui.screens.comment import CommentScreen, CommentsScreen
from review_ui.screens.end import EndScreen
from review_ui.screens.guess import GuessScreen
from review_ui.screens.review import ReviewScreen
from review_ui.screens.verdict import VerdictScreen


def reviews(packet):
    with Packet.open(packet) as opened:
        return fold(read_answers(opened.answers_path).events)


ACCEPT = ("a", "text:8", "tab", "text:30", "tab", "text:fine", "ctrl+s")
"""From the change: the form has the first field that is not answered in focus, how sure."""


def test_a_whole_review_by_keyboard_is_what_the_plan_says(packet, drive, press, plan, screenful):
    numbers = {"accept": "1", "request_changes": "2", "skip": "3"}

    async def script(pilot):
        app = pilot.app
        await press(pilot, "enter")
        for number, fields in enumerate(plan, start=1):
            assert isinstance(app.screen, ReviewScreen) or await press(pilot, "escape") is None
            assert f"Item {number} of 6" in screenful(app)
            await press(pilot, {"accept": "a", "request_changes": "r", "skip": "s"}[fields["decision"]])
            assert isinstance(app.screen, VerdictScreen)
            assert f"▶ {numbers[fields['decision']]}" in screenful(app)
            form = app.screen
            for name in ("reason", "skip_reason", "progress", "confidence", "baseline_minutes", "comment"):
                if name in fields:
                    field = form.query_one(f"#field-{name}")
                    field.focus()
                    await pilot.pause()
                    if name in ("reason", "skip_reason"):
                        choices = form._desk.form.reasons if name == "reason" else form._desk.form.skip_reasons
                        await press(pilot, str([choice.key for choice in choices].index(fields[name]) + 1))
                    elif name == "comment":
                        for line in fields[name].split("\n"):
                            await press(pilot, *(() if line == fields[name].split("\n")[0] else ("enter",)))
                            await press(pilot, f"text:{line}")
                    else:
                        await press(pilot, "ctrl+a", "ctrl+k", f"text:{fields[name]}")
            await press(pilot, "ctrl+s")
            assert isinstance(app.screen, ReviewScreen), screenful(app)
            assert "Saved: " in screenful(app)
            assert reviews(packet)[f"blind-{number}"].final is not None
            await press(pilot, "y")
            if fields["decision"] != "skip":
                assert isinstance(app.screen, GuessScreen)
                await press(pilot, {"human": "1", "ai": "2", "cannot_tell": "3"}[fields["guess"]])
                if "guess_confidence" in fields:
                    await press(pilot, "tab", f"text:{fields['guess_confidence']}")
                app.screen.query_one("#field-recognised").focus()
                await pilot.pause()
                await press(pilot, {"no": "1", "familiar": "2", "yes": "3"}[fields["recognised"]], "ctrl+s")
                assert isinstance(app.screen, ReviewScreen), screenful(app)
                assert reviews(packet)[f"blind-{number}"].guess is not None
                await press(pilot, "y")
            if not isinstance(app.screen, ReviewScreen | EndScreen):
                await press(pilot, "escape")
        assert isinstance(app.screen, EndScreen)
        # The packet's path is as long as the test's folder, and wraps anywhere.
        assert "--show-what-is-sent" in "".join(screenful(app).split())
        await press(pilot, "f")
        assert not app.desk.finished
        await press(pilot, "f")
        assert not app.desk.finished, "the key that asked does not confirm"
        await press(pilot, "y")
        assert app.desk.finished
        assert "Finished" in screenful(app)

    drive(script)
    found = reviews(packet)
    for number, fields in enumerate(plan, start=1):
        review = found[f"blind-{number}"]
        assert review.final.decision == fields["decision"]
        assert review.final.comment == fields.get("comment", "")
        assert review.final.reason == fields.get("reason")
        assert review.final.skip_reason == fields.get("skip_reason")
        assert review.final.baseline_minutes == (
            float(fields["baseline_minutes"]) if "baseline_minutes" in fields else None
        )
        assert review.final.progress == (int(fields["progress"]) if "progress" in fields else None)
        assert review.final.confidence == (int(fields["confidence"]) if "confidence" in fields else None)
        assert review.front is Front.FULL_SCREEN
        if "guess" in fields:
            assert (review.guess.author, review.guess.recognised) == (fields["guess"], fields["recognised"])


def test_what_is_missing_is_said_and_nothing_is_saved(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "r")
        assert "missing: " in screenful(pilot.app)
        await press(pilot, "ctrl+s")
        said = screenful(pilot.app)
        assert "NOT saved" in said
        assert "! give the core reason" in said
        assert isinstance(pilot.app.screen, VerdictScreen)

    drive(script)
    assert reviews(packet)["blind-1"].final is None


def test_a_half_written_verdict_is_on_disk_and_in_front_again(packet, drive, press, screenful):
    async def begin(pilot):
        await press(pilot, "enter", "escape", "a", "tab")
        pilot.app.screen.query_one("#field-comment").focus()
        await pilot.pause()
        await press(pilot, "text:half a tho")
        await pilot.pause(0.7)
        assert "half a tho" in drafts_path(packet).read_text()
        pilot.app.forget_unsaved()

    async def again(pilot):
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, VerdictScreen)
        assert pilot.app.screen.fields()["comment"] == "half a tho"

    drive(begin)
    assert b"half a tho" not in read_raw(packet)
    drive(again)


def read_raw(packet):
    return packet.with_name(packet.stem + ".answers.jsonl").read_bytes()


def test_baseline_minutes_are_offered_again_for_the_same_issue(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", *ACCEPT, "y", "1", "tab", "text:5")
        pilot.app.screen.query_one("#field-recognised").focus()
        await press(pilot, "1", "ctrl+s", ")", "escape", ")", "escape", "a")
        assert "as before for this issue" in screenful(pilot.app)
        assert pilot.app.screen.fields()["baseline_minutes"] == "30"
        assert pilot.app.screen.fields()["confidence"] == ""

    drive(script)


def test_undo_asks_with_one_key_and_takes_another(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", *ACCEPT, "u", "u")
        assert pilot.app.desk.review("blind-1").final is not None
        await press(pilot, "escape", "u", "y")
        assert pilot.app.desk.review("blind-1").final is None
        await press(pilot, "a")
        assert pilot.app.screen.fields()["comment"] == "fine"

    drive(script)


def test_a_closed_verdict_takes_a_reason(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", *ACCEPT, "y", "3", "tab")
        pilot.app.screen.query_one("#field-recognised").focus()
        await press(pilot, "1", "ctrl+s", "d")
        form = pilot.app.screen
        assert "Correction" in screenful(pilot.app)
        form.query_one("#field-decision").focus()
        await press(pilot, "2")
        form.query_one("#field-reason").focus()
        await press(pilot, "3")
        form.query_one("#field-progress").focus()
        await press(pilot, "ctrl+a", "ctrl+k", "text:40", "ctrl+s")
        await pilot.pause(0.1)
        assert "! say why the verdict changes" in screenful(pilot.app)
        form.query_one("#field-why").focus()
        await press(pilot, "text:seen again", "ctrl+s")
        assert isinstance(pilot.app.screen, ReviewScreen), screenful(pilot.app)

    drive(script)
    review = reviews(packet)["blind-1"]
    assert (review.verdict.decision, review.final.decision) == (Decision.ACCEPT, Decision.REQUEST_CHANGES)
    assert review.corrections == ("seen again",)


@pytest.mark.parametrize(
    ("keys", "anchor"),
    [
        (("]", "c"), ("docs/lines.txt", "old", 10, 10, "line 10")),
        (("]", "j", "v", "j", "j", "c"), ("docs/lines.txt", "new", 10, 12, "line ten\nline 11\nline 12")),
        (("}", "}", "C"), ("src/pack/table.py", None, None, None, "")),
        (("W",), (None, None, None, None, "")),
    ],
)
def test_comments_on_line_range_file_and_change(packet, drive, press, keys, anchor, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", *keys)
        assert isinstance(pilot.app.screen, CommentScreen)
        await press(pilot, "text:why so", "ctrl+s")
        assert "Saved: the comment." in screenful(pilot.app)
        assert "┃ why so" in screenful(pilot.app)
        await press(pilot, "G", "x", "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "┃ why so" in screenful(pilot.app)

    drive(script)
    (comment,) = reviews(packet)["blind-1"].comments
    assert (comment.path, comment.side, comment.start, comment.end, comment.excerpt) == anchor
    assert comment.text == "why so"


def test_comments_are_edited_and_taken_away_after_a_question(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "]", "c", "text:one", "ctrl+s", "x", "e", "text:more ", "ctrl+s")
        assert isinstance(pilot.app.screen, CommentsScreen)
        assert "more one" in screenful(pilot.app)
        await press(pilot, "D", "D", "escape")
        assert len(pilot.app.desk.review("blind-1").comments) == 1
        await press(pilot, "D", "y")
        assert pilot.app.desk.review("blind-1").comments == ()

    drive(script)
    with Packet.open(packet) as opened:
        kinds = [event.type for event in read_answers(opened.answers_path).events]
    assert [kind for kind in kinds if kind.startswith("comment")] == [
        EventType.COMMENT,
        EventType.COMMENT_EDITED,
        EventType.COMMENT_DELETED,
    ]


def test_who_only_looked_at_the_form_has_begun_nothing(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "a")
        await pilot.pause(0.6)
        await press(pilot, "escape")
        assert pilot.app.desk.draft("blind-1") == {}
        assert "kept" not in screenful(pilot.app)
        await press(pilot, "a", "8", "escape")
        assert pilot.app.desk.draft("blind-1")["confidence"] == "8"
        await press(pilot, "r", "escape")
        assert pilot.app.desk.draft("blind-1")["confidence"] == "8"

    drive(script, size=(80, 24))


def test_comments_are_read_in_the_form_as_they_were_written(drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "W", *"```", "enter", "text:# no head", "enter", *"```", "ctrl+s")
        await press(pilot, "a", "f4")
        lines = [line.strip() for line in screenful(pilot.app).splitlines()]
        begin = lines.index("```")
        assert lines[begin : begin + 3] == ["```", "# no head", "```"]

    drive(script, size=(80, 24))


def test_a_begun_change_of_a_comment_that_is_taken_away_is_a_comment_of_its_own(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "W", "text:first", "ctrl+s", "x", "e")
        await press(pilot, "text:no, ", "escape", "e")
        assert "begun before: save it, or empty it" in screenful(pilot.app)
        await press(pilot, "escape", "D", "y", "escape", "}", "j", "j", "c")
        assert pilot.app.screen.query_one(TextArea).text == "no, first"
        await press(pilot, "ctrl+s")

    drive(script, size=(80, 24))
    assert [comment.text for comment in reviews(packet)["blind-1"].comments] == ["no, first"]


def test_a_half_written_comment_is_on_disk_within_a_second_and_in_front_again(packet, drive, press):
    async def begin(pilot):
        await press(pilot, "enter", "escape", "]", "c", "text:because")
        await pilot.pause(0.7)
        drafts = json.loads(drafts_path(packet).read_text())["drafts"]
        assert drafts["comment:blind-1"]["fields"]["text"] == "because"

    async def again(pilot):
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, CommentScreen)
        assert pilot.app.screen._written() == "because"
        await press(pilot, "ctrl+s")

    drive(begin)
    drive(again)
    assert [comment.text for comment in reviews(packet)["blind-1"].comments] == ["because"]
    assert not drafts_path(packet).exists()


@pytest.mark.parametrize("where", ["comment", "form"])
def test_what_is_being_typed_is_kept_whatever_ends_the_program(packet, drive, press, where):
    async def script(pilot):
        await press(pilot, "enter", "escape", "W" if where == "comment" else "a")
        if where == "form":
            pilot.app.screen.query_one("#field-comment").focus()
        # Not by the clock: as a signal would, or a terminal that goes.
        pilot.app.keep_soon = lambda write: setattr(pilot.app, "_unsaved", write)
        await press(pilot, "text:half")
        assert not drafts_path(packet).exists()
        pilot.app.go()

    drive(script)
    (draft,) = json.loads(drafts_path(packet).read_text())["drafts"].values()
    assert draft["fields"]["text" if where == "comment" else "comment"] == "half"


def test_pausing_lets_time_stand_still(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "p")
        assert pilot.app.desk.paused
        assert "Paused" in screenful(pilot.app)
        await press(pilot, "enter")
        assert not pilot.app.desk.paused

    drive(script)


def test_the_clock_is_shown_only_when_asked_for(packet, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape")
        assert not re.search(r"\d+:\d\d", screenful(pilot.app))
        await press(pilot, "ctrl+t")
        assert re.search(r"\d+:\d\d", screenful(pilot.app))

    drive(script)


def test_practice_counts_for_nothing_and_leaves_nothing(packet, drive, press, screenful, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()

    async def script(pilot):
        await press(pilot, "p", "escape")
        assert "Practice item" in screenful(pilot.app)
        assert list((tmp_path / "scratch").iterdir())
        await press(pilot, *ACCEPT, "y", "3", "tab", "1")
        pilot.app.screen.query_one("#field-recognised").focus()
        await press(pilot, "1", "ctrl+s", "y")
        assert "Study: Tables" in screenful(pilot.app)

    drive(script)
    assert list((tmp_path / "scratch").iterdir()) == []
    with Packet.open(packet) as opened:
        assert [event.type for event in read_answers(opened.answers_path).events] == ["opened", "left"]


def test_a_full_disk_is_told_and_tried_again(packet, drive, press, screenful, monkeypatch):
    from mergecheck.errors import AnswersError

    async def script(pilot):
        await press(pilot, "enter", "escape", *ACCEPT[:-1])
        desk = pilot.app.desk
        right = desk.verdict

        def full(*_):
            raise AnswersError("could not be saved (No space left on device)")

        monkeypatch.setattr(desk, "verdict", full)
        await press(pilot, "ctrl+s")
        assert "NOT saved. could not be saved" in screenful(pilot.app)
        await press(pilot, "ctrl+s", "t")
        assert "NOT saved" in screenful(pilot.app)
        monkeypatch.setattr(desk, "verdict", right)
        await press(pilot, "t")
        assert "Saved: Accept" in screenful(pilot.app)

    drive(script)
    assert reviews(packet)["blind-1"].final.comment == "fine"


@pytest.mark.parametrize("where", ["comment", "form"])
def test_what_is_typed_on_a_full_disk_is_not_left_behind(packet, drive, press, screenful, monkeypatch, where):
    """As it was: the disk was told to be full, and Esc threw away what was typed."""
    from mergecheck.errors import AnswersError

    async def script(pilot):
        desk = pilot.app.desk
        name = "save_comment_draft" if where == "comment" else "save_draft"
        right = getattr(desk, name)

        def full(*_):
            raise AnswersError("the unfinished answer could not be kept (No space left on device)")

        await press(pilot, "enter", "escape")
        monkeypatch.setattr(desk, name, full)
        await press(pilot, "W" if where == "comment" else "a")
        if where == "form":
            pilot.app.screen.query_one("#field-comment").focus()
        await press(pilot, "text:mumble")
        pilot.app.keep_now()
        await press(pilot, "escape")
        assert "NOT saved. the unfinished answer" in screenful(pilot.app)
        await press(pilot, "escape")
        await press(pilot, "escape")
        assert "NOT saved. the unfinished answer" in screenful(pilot.app), "each time"
        await press(pilot, "escape")
        assert "mumble" in screenful(pilot.app)
        monkeypatch.setattr(desk, name, right)
        await press(pilot, "escape")
        assert "mumble" not in screenful(pilot.app)

    drive(script)
    (draft,) = json.loads(drafts_path(packet).read_text())["drafts"].values()
    assert draft["fields"]["text" if where == "comment" else "comment"] == "mumble"


def test_the_other_front_goes_on_where_this_one_left(packet, drive, press):
    async def script(pilot):
        await press(pilot, "enter", "escape", ")", "escape", *ACCEPT)

    drive(script)
    with Desk.open(packet, front=Front.PLAIN) as desk:
        assert desk.current == "blind-2"
        assert desk.review("blind-2").final.comment == "fine"


def test_time_without_the_focus_is_not_active(packet, drive, press, monkeypatch):
    from textual.events import AppBlur, AppFocus

    async def script(pilot):
        desk = pilot.app.desk
        await press(pilot, "enter", "escape")
        seconds = [1000.0]
        monkeypatch.setattr(desk._watch, "_clock", lambda: seconds[0])
        desk._watch.start()
        seconds[0] += 10
        pilot.app.post_message(AppBlur())
        await pilot.pause()
        seconds[0] += 100
        pilot.app.post_message(AppFocus())
        await pilot.pause()
        seconds[0] += 1
        await press(pilot, "j")
        seconds[0] += 0

    drive(script)
    with Packet.open(packet) as opened:
        times = [event.body for event in read_answers(opened.answers_path).events if event.type is EventType.TIME]
    active, wall = (sum(body[name] for body in times) for name in ("active_seconds", "wall_seconds"))
    assert 11 <= active < 30
    assert wall >= 111


def test_guidelines_are_at_hand(drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "g")
        assert "Judge each on its own" in screenful(pilot.app)
        await press(pilot, "escape", "a", "f3")
        assert "Judge each on its own" in screenful(pilot.app)

    drive(script)


def test_what_is_typed_ahead_reaches_the_form(drive, screenful, press):
    async def script(pilot):
        await press(pilot, "enter", "escape")
        # All keys at once, as a fast typist on a slow machine gives them.
        for key in ("a", "8", "tab", "3", "0"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else "\t"))
        await pilot.pause(0.5)
        await pilot.pause()
        assert pilot.app.screen.fields()["confidence"] == "8"
        assert pilot.app.screen.fields()["baseline_minutes"] == "30"

    drive(script, size=(80, 24))
