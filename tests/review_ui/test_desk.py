"""The desk, without a screen."""

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.errors import AnswersError, Refused
from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import Elsewhere, EventType
from mergecheck.packet.form import Form
from mergecheck.packet.outcome import fold
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Side, Verdict
from review_ui.anchors import Anchor
from review_ui.clock import ManualClock
from review_ui.desk import Desk
from review_ui.drafts import drafts_path
from review_ui.fields import InvalidAnswer
from review_ui.standing import Place
from review_ui.state import Stage
from review_ui.timekeeping import KEEP_SECONDS

ACCEPT = Verdict(Decision.ACCEPT, progress=100, confidence=8, baseline_minutes=30.0)
REFUSE = Verdict(
    Decision.REQUEST_CHANGES,
    reason="code_quality",
    progress=60,
    confidence=4,
    baseline_minutes=20.0,
    comment="why so",
)
SKIP = Verdict(Decision.SKIP, skip_reason="cannot_judge")
GUESS = Guess(Author.AI, 7, Recognised.NO)


def open_desk(packet, **options) -> Desk:
    return Desk.open(packet, **{"front": Front.PLAIN, "clock": ManualClock(), **options})


@pytest.fixture
def desk(packet):
    with open_desk(packet) as desk:
        yield desk


def done(desk, item, verdict=ACCEPT, guess=GUESS):
    desk.show(item)
    desk.verdict(item, verdict)
    desk.open_guess(item)
    desk.guess(item, guess)


def kinds(desk):
    return [event.type.value for event in read_answers(desk.answers_path).events]


def test_a_review_from_start_to_finish(packet):
    with open_desk(packet) as desk:
        assert desk.current == "blind-1"
        while (item := desk.current) is not None:
            done(desk, item)
        assert desk.progress.complete
        assert desk.progress.accepted == 6
        desk.finish()
        desk.finish()
        desk.leave()
        names = kinds(desk)
    assert names.count("finished") == 1
    assert names[0] == "opened"
    assert names[1:5] == ["shown", "verdict", "guess_opened", "guess"]
    assert names[-1] == "left"
    with open_desk(packet) as again:
        assert again.finished
        assert again.current is None


def test_every_event_is_in_the_file_when_the_method_returns(desk):
    desk.show("blind-1")
    assert kinds(desk)[-1] == "shown"
    desk.verdict("blind-1", REFUSE)
    assert fold(read_answers(desk.answers_path).events)["blind-1"].final == REFUSE
    desk.undo()
    assert kinds(desk)[-1] == "undone"


def test_places_and_neighbours(desk):
    assert desk.place("blind-4") == Place(number=4, total=6, wave=2, waves=2)
    assert desk.next("blind-4") == "blind-5"
    assert desk.previous("blind-4") == "blind-3"
    assert desk.previous("blind-1") is None
    assert desk.next("blind-6") is None


def test_the_current_item_is_the_one_shown_until_it_is_done_then_the_first_open(desk):
    desk.show("blind-4")
    assert desk.current == "blind-4"
    desk.verdict("blind-4", ACCEPT)
    assert desk.stage("blind-4") is Stage.GUESS_DUE
    assert desk.current == "blind-4"
    desk.open_guess("blind-4")
    desk.guess("blind-4", GUESS)
    assert desk.current == "blind-1"
    desk.show("blind-4")
    assert desk.current == "blind-4"


def test_a_reopened_desk_is_at_the_same_item(packet):
    with open_desk(packet) as desk:
        done(desk, "blind-1")
        desk.show("blind-5")
        desk.verdict("blind-5", REFUSE)
    with open_desk(packet) as again:
        assert again.current == "blind-5"
        assert again.stage("blind-5") is Stage.GUESS_DUE
        assert not again.review("blind-5").guess_opened
        assert again.undoable == "blind-5"


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (Verdict(Decision.ACCEPT), {"progress", "confidence", "baseline_minutes"}),
        (Verdict(Decision.ACCEPT, progress=101, confidence=0, baseline_minutes=0), None),
        (Verdict(Decision.ACCEPT, "code_quality", 100, 5, 5), {"reason"}),
        (Verdict(Decision.ACCEPT, None, 100, 5, float("nan")), {"baseline_minutes"}),
        (Verdict(Decision.REQUEST_CHANGES, None, 50, 5, 5), {"reason"}),
        (Verdict(Decision.REQUEST_CHANGES, "made_up", 50, 5, 5), {"reason"}),
        (Verdict(Decision.SKIP), {"skip_reason"}),
        (Verdict(Decision.SKIP, progress=3, skip_reason="cannot_judge"), {"progress"}),
    ],
)
def test_a_wrong_verdict_is_refused_field_by_field_and_leaves_no_trace(desk, verdict, fields):
    desk.show("blind-1")
    before = desk.answers_path.read_bytes()
    with pytest.raises(InvalidAnswer) as caught:
        desk.verdict("blind-1", verdict)
    assert set(caught.value.fields) == (fields or {"progress", "confidence", "baseline_minutes"})
    assert desk.answers_path.read_bytes() == before
    assert desk.stage("blind-1") is Stage.OPEN


def test_an_unknown_item_is_refused(desk):
    for act in (desk.show, desk.open_guess, lambda item: desk.verdict(item, ACCEPT)):
        with pytest.raises(Refused, match="no item"):
            act("blind-99")


def test_a_verdict_may_be_revised_until_the_question_is_opened(desk):
    desk.show("blind-1")
    desk.verdict("blind-1", ACCEPT)
    desk.verdict("blind-1", REFUSE)
    assert desk.review("blind-1").verdict == REFUSE
    desk.open_guess("blind-1")
    with pytest.raises(Refused, match="closed"):
        desk.verdict("blind-1", ACCEPT)
    assert desk.review("blind-1").final == REFUSE


def test_a_correction_needs_a_closed_verdict_and_a_reason_and_moves_only_the_final_one(desk):
    desk.show("blind-1")
    with pytest.raises(Refused, match="still open"):
        desk.correct("blind-1", ACCEPT, "why not")
    done(desk, "blind-1", REFUSE)
    with pytest.raises(InvalidAnswer) as caught:
        desk.correct("blind-1", Verdict(Decision.ACCEPT), " \n")
    assert set(caught.value.fields) == {"why", "progress", "confidence", "baseline_minutes"}
    desk.correct("blind-1", ACCEPT, " I misread it \r\n")
    review = desk.review("blind-1")
    assert (review.verdict, review.final, review.corrections) == (REFUSE, ACCEPT, ("I misread it",))


def test_undo_takes_back_the_last_verdict_that_is_not_closed(desk):
    with pytest.raises(Refused, match="no verdict to take back"):
        desk.undo()
    done(desk, "blind-1")
    desk.show("blind-2")
    desk.verdict("blind-2", SKIP)
    desk.show("blind-3")
    desk.verdict("blind-3", ACCEPT)
    desk.verdict("blind-3", REFUSE)
    assert desk.undo() == "blind-3"
    assert desk.review("blind-3").final == ACCEPT
    assert desk.undo() == "blind-3"
    assert desk.stage("blind-3") is Stage.OPEN
    assert desk.undo() == "blind-2"
    assert desk.current == "blind-2"
    assert desk.undoable is None
    assert desk.review("blind-1").final == ACCEPT


def test_what_is_taken_back_needs_no_room_for_a_draft(packet):
    """On a disk that is full but for the line that says so; also after the program has ended."""
    with open_desk(packet) as desk:
        desk.show("blind-1")
        desk.verdict("blind-1", REFUSE)
        drafts_path(packet).with_name("fox.drafts.json.part").mkdir()
        desk.undo()
        assert desk.draft("blind-1")["comment"] == "why so"
    with open_desk(packet) as again:
        assert again.draft("blind-1")["comment"] == "why so"
        again.verdict("blind-1", ACCEPT)
        assert again.draft("blind-1") == {}
        # The older verdict's turn to be taken back is over as well.
        again.open_guess("blind-1")
        assert again.draft("blind-1") == {}


def test_what_is_taken_back_stays_as_a_draft(desk):
    desk.show("blind-1")
    desk.verdict("blind-1", REFUSE)
    desk.undo()
    assert desk.draft("blind-1") == {
        "decision": "request_changes",
        "reason": "code_quality",
        "progress": "60",
        "confidence": "4",
        "baseline_minutes": "20",
        "comment": "why so",
    }


def test_the_question_about_the_author_comes_after_a_verdict_and_is_answered_once(desk):
    desk.show("blind-1")
    with pytest.raises(Refused, match="after a verdict"):
        desk.open_guess("blind-1")
    desk.verdict("blind-1", ACCEPT)
    with pytest.raises(Refused, match="not open"):
        desk.guess("blind-1", GUESS)
    desk.open_guess("blind-1")
    desk.open_guess("blind-1")
    assert kinds(desk).count("guess_opened") == 1
    for wrong in (Guess(Author.HUMAN, None, Recognised.NO), Guess(Author.CANNOT_TELL, 3, Recognised.NO)):
        with pytest.raises(InvalidAnswer) as caught:
            desk.guess("blind-1", wrong)
        assert set(caught.value.fields) == {"guess_confidence"}
    desk.guess("blind-1", GUESS)
    with pytest.raises(Refused, match="answered already"):
        desk.guess("blind-1", Guess(Author.HUMAN, 5, Recognised.NO))
    assert desk.review("blind-1").guess == GUESS


def test_a_skip_asks_nothing_more(desk):
    desk.show("blind-1")
    desk.skip("blind-1", "recognised", "I wrote it")
    assert desk.stage("blind-1") is Stage.DONE
    assert desk.current == "blind-2"
    assert desk.review("blind-1").final == Verdict(Decision.SKIP, skip_reason="recognised", comment="I wrote it")
    with pytest.raises(Refused, match="after a verdict"):
        desk.open_guess("blind-1")


def test_finish_waits_for_every_item_and_closes_what_is_left_open(packet):
    with open_desk(packet) as desk:
        for item in desk.queue[:-1]:
            done(desk, item)
        with pytest.raises(Refused, match="1 of 6"):
            desk.finish()
        desk.show("blind-6")
        desk.verdict("blind-6", SKIP)
        desk.finish()
        with pytest.raises(Refused, match="finished"):
            desk.verdict("blind-6", ACCEPT)
        with pytest.raises(Refused, match="take back"):
            desk.undo()
        desk.correct("blind-6", ACCEPT, "looked again")
        assert desk.review("blind-6").verdict == SKIP
        assert desk.review("blind-6").final == ACCEPT


def test_minutes_are_offered_again_for_the_same_issue_only(desk):
    assert desk.baseline("blind-1") is None
    desk.show("blind-1")
    desk.verdict("blind-1", ACCEPT)
    assert desk.baseline("blind-3") == 30
    assert desk.baseline("blind-2") is None
    desk.verdict("blind-3", REFUSE)
    assert desk.baseline("blind-5") == 20


def test_comments_are_stored_as_text(desk):
    desk.skip("blind-1", "cannot_judge", "  a\r\nb\rc \ud800 \x1b \n\n")
    assert desk.review("blind-1").final.comment == "a\nb\nc \ufffd \x1b"


def seconds(desk, item):
    return desk.review(item).active_seconds


def test_active_time_is_cut_off_when_idle_and_stands_in_a_pause(make_packet):
    packet = make_packet(form=Form(idle_minutes=2))
    clock = ManualClock()
    with open_desk(packet, clock=clock) as desk:
        clock.advance(1000)
        desk.show("blind-1")
        clock.advance(50)
        desk.touch()
        clock.advance(500)
        desk.touch()
        clock.advance(30)
        desk.pause()
        clock.advance(5000)
        desk.resume()
        clock.advance(7)
        desk.verdict("blind-1", ACCEPT)
        assert seconds(desk, "blind-1") == 50 + 120 + 30 + 7
        clock.advance(11)
        desk.open_guess("blind-1")
        clock.advance(2)
        desk.guess("blind-1", GUESS)
        assert seconds(desk, "blind-1") == 207
        clock.advance(3600)
        desk.touch()
        desk.show("blind-2")
        clock.advance(4)
        desk.show("blind-3")
        clock.advance(9)
        desk.leave()
    reviews = fold(read_answers(packet.with_name("fox.answers.jsonl")).events)
    assert reviews["blind-1"].active_seconds == 207
    assert reviews["blind-2"].active_seconds == 4
    assert reviews["blind-3"].active_seconds == 9
    times = [
        e.body for e in read_answers(desk.answers_path).events if e.type is EventType.TIME and e.item == "blind-1"
    ]
    assert sum(body["wall_seconds"] for body in times) == 50 + 500 + 30 + 7 + 13


def times(desk):
    return [event.body for event in read_answers(desk.answers_path).events if event.type is EventType.TIME]


def test_time_is_on_disk_after_a_minute_of_input_and_with_every_draft(packet):
    clock = ManualClock()
    with open_desk(packet, clock=clock) as desk:
        desk.show("blind-1")
        for _ in range(11):
            clock.advance(12)
            desk.touch()
        # Five gaps would be a minute: what is written down stays below it, so that a minute is one gap.
        assert [body["active_seconds"] for body in times(desk)] == [48, 48]
        desk.save_draft("blind-1", {"comment": "half"})
        assert sum(body["active_seconds"] for body in times(desk)) == 132
        assert len(times(desk)) == 3
    # Killed here: nothing more is written.
    with open_desk(packet) as again:
        assert seconds(again, "blind-1") == 132


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
def test_time_that_finds_no_room_is_written_with_the_next(packet):
    import resource

    clock = ManualClock()
    with open_desk(packet, clock=clock) as desk:
        desk.show("blind-1")
        clock.advance(70)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (desk.answers_path.stat().st_size, limits[1]))
        try:
            desk.touch()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert times(desk) == []
        clock.advance(5)
        desk.verdict("blind-1", ACCEPT)
        assert seconds(desk, "blind-1") == 75


def test_time_in_another_program_counts_up_to_its_own_bound(make_packet):
    clock = ManualClock()
    with open_desk(make_packet(form=Form(idle_minutes=2)), clock=clock) as desk:
        desk.show("blind-1")
        clock.advance(3)
        desk.lose_focus(Elsewhere.PROGRAM)
        clock.advance(600)
        desk.gain_focus()
        assert seconds(desk, "blind-1") == 603
        desk.lose_focus(Elsewhere.PROGRAM)
        clock.advance(100_000)
        desk.gain_focus()
        assert seconds(desk, "blind-1") == 603 + 6 * 120
        assert times(desk)[-1]["wall_seconds"] == 100_000


def test_a_lost_focus_is_an_event_and_what_passes_counts_nothing_by_our_rule(packet):
    clock = ManualClock()
    with open_desk(packet, clock=clock) as desk:
        desk.show("blind-1")
        clock.advance(20)
        desk.lose_focus(Elsewhere.WINDOW)
        desk.lose_focus(Elsewhere.WINDOW)
        clock.advance(40)
        desk.gain_focus()
        desk.gain_focus()
        clock.advance(5)
        desk.lose_focus(Elsewhere.WINDOW)
        clock.advance(7)
        desk.leave()
    events = [(e.type, e.body) for e in read_answers(desk.answers_path).events][2:]
    assert events == [
        (EventType.TIME, {"active_seconds": 20, "wall_seconds": 20}),
        (EventType.FOCUS_LOST, {"to": "window"}),
        (EventType.TIME, {"active_seconds": 0, "wall_seconds": 40}),
        (EventType.FOCUS_GAINED, {}),
        (EventType.TIME, {"active_seconds": 5, "wall_seconds": 5}),
        (EventType.FOCUS_LOST, {"to": "window"}),
        (EventType.TIME, {"active_seconds": 0, "wall_seconds": 7}),
        (EventType.LEFT, {}),
    ]


def by_another_rule(events, idle, *, unfocused):
    """Active seconds with another idle limit; `unfocused`: whether what passed in another window counts too."""
    active, away = 0.0, False
    for event in events:
        if event.type in (EventType.FOCUS_LOST, EventType.FOCUS_GAINED, EventType.OPENED):
            away = event.type is EventType.FOCUS_LOST
        elif event.type is EventType.TIME and (unfocused or not away):
            wall = event.body["wall_seconds"]
            active += min(wall, idle) if wall >= KEEP_SECONDS else wall
    return active


@given(
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["touch", "lose", "gain"])), max_size=25),
    st.integers(60, 600),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_another_rule_can_be_applied_to_what_is_on_disk(packet, acts, idle, unfocused):
    clock = ManualClock()
    expected, away = 0, False
    packet.with_name("fox.answers.jsonl").unlink(missing_ok=True)
    with open_desk(packet, clock=clock) as desk:
        desk.show("blind-1")
        for gap, act in [*acts, (1, "touch")]:
            clock.advance(gap)
            expected += min(gap, idle) if unfocused or not away else 0
            if act == "lose" and not away:
                desk.lose_focus(Elsewhere.WINDOW)
                away = True
            elif act == "gain" and away:
                desk.gain_focus()
                away = False
            else:
                desk.touch()
        desk.leave()
    assert by_another_rule(read_answers(desk.answers_path).events, idle, unfocused=unfocused) == expected


def test_time_after_the_verdict_that_counts_is_not_its_time(packet):
    clock = ManualClock()
    with open_desk(packet, clock=clock) as desk:
        desk.show("blind-1")
        clock.advance(10)
        desk.verdict("blind-1", REFUSE)
        clock.advance(20)
        desk.verdict("blind-1", ACCEPT)
        assert seconds(desk, "blind-1") == 30
        clock.advance(5)
        desk.undo()
        assert seconds(desk, "blind-1") == 10
        clock.advance(1)
        desk.verdict("blind-1", ACCEPT)
        assert seconds(desk, "blind-1") == 36
        desk.open_guess("blind-1")
        clock.advance(40)
        desk.guess("blind-1", GUESS)
        desk.show("blind-1")
        clock.advance(80)
        desk.correct("blind-1", REFUSE, "looked again")
        assert seconds(desk, "blind-1") == 36
        assert sum(body["active_seconds"] for body in times(desk)) == 156


def test_a_pause_ends_with_the_next_thing_done(desk):
    desk.show("blind-1")
    desk.pause()
    desk.pause()
    assert desk.paused
    desk.verdict("blind-1", ACCEPT)
    assert not desk.paused
    assert [kind for kind in kinds(desk) if kind in ("paused", "resumed")] == ["paused", "resumed"]


def test_a_kill_in_a_pause_does_not_keep_the_next_start_paused(packet):
    with open_desk(packet) as desk:
        desk.pause()
    with open_desk(packet) as again:
        assert not again.paused


def test_simulated_reviews_say_so_on_every_event_and_are_given_their_time(packet):
    with open_desk(packet, simulated=True, front=Front.ANSWERS_FILE) as desk:
        with pytest.raises(Refused, match="show one"):
            desk.spend(1)
        desk.show("blind-1")
        desk.spend(1234.5)
        desk.verdict("blind-1", ACCEPT)
        assert seconds(desk, "blind-1") == 1234.5
        desk.leave()
    events = read_answers(desk.answers_path).events
    assert all(event.simulated for event in events)
    assert fold(events)["blind-1"].simulated


def test_a_real_review_measures_its_time(desk):
    desk.show("blind-1")
    with pytest.raises(Refused, match="measured"):
        desk.spend(60)


def test_a_draft_holds_until_the_item_is_answered(packet):
    with open_desk(packet) as desk:
        desk.show("blind-1")
        desk.save_draft("blind-1", {"decision": "accept", "comment": "half a sen"})
        desk.save_draft("blind-2", {"progress": "7"})
    with open_desk(packet) as desk:
        assert desk.draft("blind-1") == {"decision": "accept", "comment": "half a sen"}
        desk.verdict("blind-1", ACCEPT)
        assert desk.draft("blind-1") == {}
        assert desk.draft("blind-2") == {"progress": "7"}
        desk.leave()
    assert "half a sen" not in drafts_path(packet).read_text()
    with open_desk(packet) as desk:
        desk.save_draft("blind-2", {})
        desk.leave()
    assert not drafts_path(packet).exists()
    assert "half a sen" not in desk.answers_path.read_text()


def test_a_comment_that_was_saved_is_no_draft_though_a_kill_came_before_it_was_dropped(packet):
    with open_desk(packet) as desk:
        desk.show("blind-1")
        begun = Anchor("src/table.py", Side.NEW, 1, 2, "two\nlines")
        desk.save_comment_draft("blind-1", begun.fields("half"))
    with open_desk(packet) as desk:
        # Another process goes on with it, and is killed between the saving and the dropping.
        again = Anchor.read(desk.comment_draft("blind-1"))
        assert again == begun
        desk.save_comment_draft("blind-1", again.fields("half and whole"))
        again.write(desk, "blind-1", "half and whole")
    with open_desk(packet) as desk:
        assert "half and whole" in drafts_path(packet).read_text()
        assert desk.comment_draft("blind-1") == {}
        (comment,) = desk.review("blind-1").comments
        desk.delete_comment("blind-1", comment.id)
        assert desk.comment_draft("blind-1") == {}
        # The next on the same lines is another one.
        desk.save_comment_draft("blind-1", Anchor("src/table.py", Side.NEW, 1, 2).fields("more"))
        assert desk.comment_draft("blind-1")["text"] == "more"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"packet": "other", "drafts": {}}'])
def test_a_damaged_drafts_file_is_set_aside_and_said(packet, content):
    path = drafts_path(packet)
    path.write_bytes(content)
    with open_desk(packet) as desk:
        assert len(desk.notices) == 1
        assert desk.draft("blind-1") == {}
    assert path.with_name(path.name + ".set-aside").read_bytes() == content


def test_a_recovered_line_is_said(packet):
    with open_desk(packet) as desk:
        desk.verdict("blind-1", ACCEPT)
    with desk.answers_path.open("ab") as handle:
        handle.write(b'{"torn')
    with open_desk(packet) as again:
        assert "cut off" in again.notices[0]
        assert again.review("blind-1").final == ACCEPT


def test_another_packets_answers_are_refused(make_packet):
    one, two = make_packet("a/fox.zip"), make_packet("b/fox.zip", study="Another")
    with open_desk(one) as desk:
        desk.leave()
    desk.answers_path.rename(two.with_name("fox.answers.jsonl"))
    with pytest.raises(AnswersError, match="another packet"):
        open_desk(two)


def test_leaving_twice_is_leaving_once(packet):
    with open_desk(packet) as desk:
        desk.leave()
        desk.leave()
    assert kinds(desk) == ["opened", "left"]


def test_a_desk_that_cannot_open_lets_go_of_everything(packet):
    with open_desk(packet), pytest.raises(AnswersError, match="another program"):
        open_desk(packet)
    open_desk(packet).close()
