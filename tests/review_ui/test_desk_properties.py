"""For any sequence of what a reviewer can do: a desk opened again from the file is the same desk."""

import shutil
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.errors import MergecheckError
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Verdict
from review_ui.clock import ManualClock
from review_ui.desk import Desk

items = st.integers(1, 3).map("blind-{}".format)
seconds = st.floats(0, 1000)
verdicts = st.one_of(
    st.builds(
        Verdict,
        decision=st.just(Decision.ACCEPT),
        progress=st.integers(0, 100),
        confidence=st.integers(1, 10),
        baseline_minutes=st.floats(0.5, 500),
        comment=st.text(max_size=20),
    ),
    st.builds(
        Verdict,
        decision=st.just(Decision.REQUEST_CHANGES),
        reason=st.sampled_from(["code_quality", "other"]),
        progress=st.integers(0, 100),
        confidence=st.integers(1, 10),
        baseline_minutes=st.floats(0.5, 500),
    ),
    st.builds(Verdict, decision=st.just(Decision.SKIP), skip_reason=st.just("cannot_judge")),
)
guesses = st.builds(
    Guess, st.sampled_from([Author.HUMAN, Author.AI]), st.integers(1, 10), st.sampled_from(Recognised)
)
fields = st.dictionaries(st.sampled_from(["decision", "comment", "progress"]), st.text(max_size=20), max_size=3)
acts = st.one_of(
    st.tuples(st.just("show"), items),
    st.tuples(st.just("verdict"), items, verdicts),
    st.tuples(st.just("undo")),
    st.tuples(st.just("open_guess"), items),
    st.tuples(st.just("guess"), items, guesses),
    st.tuples(st.just("correct"), items, verdicts, st.text(max_size=5)),
    st.tuples(st.sampled_from(["pause", "resume", "touch", "finish"])),
    st.tuples(st.just("save_draft"), items, fields),
    st.tuples(st.just("reopen")),
)


def seen(desk: Desk) -> dict:
    return {
        "reviews": [desk.review(item) for item in desk.queue],
        "stages": [desk.stage(item) for item in desk.queue],
        "revisable": [desk.revisable(item) for item in desk.queue],
        "seen": [desk.seen(item) for item in desk.queue],
        "baselines": [desk.baseline(item) for item in desk.queue],
        "drafts": [desk.draft(item) for item in desk.queue],
        "current": desk.current,
        "first_open": desk.first_open,
        "undoable": desk.undoable,
        "progress": desk.progress,
        "finished": desk.finished,
    }


def open_desk(path: Path, clock: ManualClock) -> Desk:
    return Desk.open(path, front=Front.PLAIN, clock=clock)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(acts, seconds), max_size=25))
def test_a_reopened_desk_is_the_same_desk(make_packet, tmp_path, sequence):
    packet = make_packet(items=3)
    folder = tmp_path / "review"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = Path(shutil.copy(packet, folder))
    clock = ManualClock()
    desk = open_desk(path, clock)
    try:
        for (name, *arguments), passed in sequence:
            clock.advance(passed)
            if name == "reopen":
                before = seen(desk)
                desk.close()
                desk = open_desk(path, clock)
                assert seen(desk) == before
                continue
            with suppress(MergecheckError):
                getattr(desk, name)(*arguments)
        before = seen(desk)
        desk.close()
        desk = open_desk(path, clock)
        assert seen(desk) == before
    finally:
        desk.close()
