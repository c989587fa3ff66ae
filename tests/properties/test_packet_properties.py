"""Packets and answers files of any contents: what goes in comes out, and any tampering shows."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.errors import AnswersError
from mergecheck.packet.answers import AnswersFile, read_answers
from mergecheck.packet.events import (
    CommentBody,
    CommentDeletedBody,
    CommentEditedBody,
    CorrectionBody,
    EventType,
    GuessBody,
    TimeBody,
    VerdictBody,
)
from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest
from mergecheck.packet.open import Packet
from mergecheck.packet.outcome import fold, merge
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import (
    Assignment,
    Author,
    Candidate,
    CanonicalChange,
    Decision,
    FileChange,
    Front,
    Hunk,
    Kind,
    Recognised,
)

DIGEST = "d" * 64
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Surrogates too: they stand for the bytes of files that are not UTF-8.
texts = st.text(st.characters(), max_size=60)
lines = st.text(st.characters(exclude_characters="\n"), max_size=30)
hunks = st.builds(
    Hunk,
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.lists(st.builds("{}{}".format, st.sampled_from(" +-"), lines), max_size=4).map(tuple),
)
files = st.builds(
    FileChange,
    path=lines,
    kind=st.sampled_from(Kind),
    old_path=st.none() | lines,
    old_text=st.none() | texts,
    new_text=st.none() | texts,
    old_digest=st.none() | st.just("o"),
    new_digest=st.none() | st.just("n"),
    hunks=st.lists(hunks, max_size=2).map(tuple),
)
changes = st.lists(files, max_size=3).map(lambda found: CanonicalChange("1", tuple(found)))
queues = st.lists(st.tuples(changes, texts), min_size=1, max_size=4)


@quick
@given(queues, st.randoms(use_true_random=False))
def test_a_packet_holds_what_was_put_in_whatever_the_order(queue, chance):
    items, all_texts = [], {}
    for position, (change, issue) in enumerate(queue, start=1):
        assignment = Assignment(f"blind{position}", "fox", "c", 1, 1, position)
        item, more = make_item(assignment, Candidate("one", change), "acme/tables", issue)
        items.append(item)
        all_texts |= more
    manifest = Manifest(
        study_id="s",
        study="S",
        reviewer="fox",
        round=1,
        rules="1",
        waves=1,
        form=Form(),
        guidelines=GUIDELINES,
        items=(),
    )
    shuffled = items[:]
    chance.shuffle(shuffled)
    keys = list(all_texts)
    chance.shuffle(keys)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.zip"), Path(folder, "two.zip")
        write_packet(one, manifest, items, all_texts)
        write_packet(two, manifest, shuffled, {key: all_texts[key] for key in keys})
        assert one.read_bytes() == two.read_bytes()
        with Packet.open(two) as packet:
            assert [packet.item(item) for item in packet.manifest.items] == items
            assert [packet.text(item.issue) for item in items] == [issue for _, issue in queue]
            for item, (change, _) in zip(items, queue, strict=True):
                assert [file.old and packet.text(file.old) for file in item.files] == [
                    file.old_text if file.old_text is None else packet.text(packed.old)
                    for file, packed in zip(change.files, item.files, strict=True)
                ]
                for file, packed in zip(change.files, item.files, strict=True):
                    assert file.old_text == (None if packed.old is None else packet.text(packed.old))
                    assert file.new_text == (None if packed.new is None else packet.text(packed.new))


items = st.sampled_from(["one", "two", "three"])
comments = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
verdicts = st.builds(
    VerdictBody,
    decision=st.sampled_from(Decision),
    progress=st.none() | st.integers(0, 100),
    comment=comments,
)
entries = st.one_of(
    st.tuples(st.just(EventType.SHOWN), items, st.none()),
    st.tuples(st.just(EventType.VERDICT), items, verdicts),
    st.tuples(st.just(EventType.UNDONE), items, st.none()),
    st.tuples(st.just(EventType.GUESS_OPENED), items, st.none()),
    st.tuples(
        st.just(EventType.GUESS),
        items,
        st.builds(
            GuessBody,
            author=st.sampled_from(Author),
            confidence=st.none() | st.integers(1, 10),
            recognised=st.sampled_from(Recognised),
        ),
    ),
    st.tuples(
        st.just(EventType.CORRECTION),
        items,
        st.builds(CorrectionBody, decision=st.sampled_from(Decision), comment=comments, why=st.just("seen again")),
    ),
    st.tuples(
        st.just(EventType.TIME),
        items,
        st.builds(TimeBody, active_seconds=st.floats(0, 1e6), wall_seconds=st.floats(0, 1e6)),
    ),
    st.tuples(
        st.just(EventType.COMMENT),
        items,
        st.builds(CommentBody, comment_id=st.sampled_from("ab"), text=comments.filter(bool)),
    ),
    st.tuples(
        st.just(EventType.COMMENT_EDITED),
        items,
        st.builds(CommentEditedBody, comment_id=st.sampled_from("ab"), text=comments.filter(bool)),
    ),
    st.tuples(
        st.just(EventType.COMMENT_DELETED), items, st.builds(CommentDeletedBody, comment_id=st.sampled_from("ab"))
    ),
    st.tuples(st.sampled_from([EventType.PAUSED, EventType.RESUMED, EventType.LEFT]), st.none(), st.none()),
)


def written(path, sequence):
    with AnswersFile.open(path, DIGEST, front=Front.PLAIN) as file:
        return [file.append(*entry) for entry in sequence]


@quick
@given(st.lists(entries, max_size=12))
def test_events_come_back_as_they_went_and_merge_with_themselves(sequence):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        events = written(path, sequence)
        read = read_answers(path).events
        assert list(read) == events
        assert merge([read, read[: len(read) // 2], read]) == events


@quick
@given(st.lists(entries, min_size=2, max_size=8), st.data())
def test_any_changed_dropped_or_moved_line_but_the_last_is_refused(sequence, data):
    """The last line is not followed by one that holds its digest; a file cut after any line is an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        written(path, sequence)
        before = path.read_bytes().splitlines(keepends=True)
        after = before[:]
        number = data.draw(st.integers(0, len(before) - 2))
        how = data.draw(st.sampled_from(["byte", "drop", "swap", "repeat"]))
        if how == "byte":
            place = data.draw(st.integers(0, len(before[number]) - 2))
            line = bytearray(before[number])
            line[place] ^= data.draw(st.integers(1, 127))
            after[number] = bytes(line)
        elif how == "drop":
            del after[number]
        elif how == "swap":
            after[number], after[number + 1] = after[number + 1], after[number]
        else:
            after.insert(number, after[number])
        path.write_bytes(b"".join(after))
        with pytest.raises(AnswersError):
            AnswersFile.open(path, DIGEST, front=Front.PLAIN)
        assert path.read_bytes() == b"".join(after)


@quick
@given(st.lists(entries, min_size=1, max_size=8), st.data())
def test_a_file_cut_anywhere_keeps_every_line_that_ended(sequence, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        events = written(path, sequence)
        whole = path.read_bytes()
        cut = whole[: data.draw(st.integers(0, len(whole)))]
        path.write_bytes(cut)
        with AnswersFile.open(path, DIGEST, front=Front.PLAIN) as file:
            assert file.events == events[: cut.count(b"\n")]
            file.append(EventType.LEFT)
        assert len(read_answers(path).events) == cut.count(b"\n") + 1


def used(kinds: list[EventType], opened: int) -> int:
    """Place of the verdict that the analysis uses; without one, the end."""
    standing: list[int] = []
    for place, kind in enumerate(kinds[:opened]):
        if kind is EventType.VERDICT:
            standing.append(place)
        elif kind is EventType.UNDONE:
            standing = standing[:-1]
    return standing[-1] if standing else len(kinds)


@quick
@given(st.lists(entries, max_size=15))
def test_the_verdict_for_analysis_is_the_last_before_the_guess_was_opened(sequence):
    """A second reading of the events, written as the rule is said, gives what `fold` gives."""
    with tempfile.TemporaryDirectory() as folder:
        reviews = fold(written(Path(folder, "a.jsonl"), sequence))
    for item in {item for _, item, _ in sequence if item is not None}:
        own = [(kind, body) for kind, subject, body in sequence if subject == item]
        kinds = [kind for kind, _ in own]
        opened = kinds.index(EventType.GUESS_OPENED) if EventType.GUESS_OPENED in kinds else len(own)
        standing = []
        for kind, body in own[:opened]:
            if kind is EventType.VERDICT:
                standing.append(body.verdict())
            elif kind is EventType.UNDONE:
                standing = standing[:-1]
        assert reviews[item].verdict == (standing[-1] if standing else None)
        assert reviews[item].guess_opened == (EventType.GUESS_OPENED in kinds)
        assert reviews[item].active_seconds == sum(
            body.active_seconds for kind, body in own[: used(kinds, opened)] if kind is EventType.TIME
        )
