"""Pairing: the same rows whichever is asked for first, and of a long run only those that are."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.packet.format import PacketFile, PacketHunk
from mergecheck.records import Kind, Side
from review_ui.diff import pairs
from review_ui.diff.document import Document, Layout, Spot
from review_ui.diff.pairs import WINDOW, Pairing, align
from review_ui.diff.words import ALIKE, likeness

unhurried = settings(deadline=None)
line = st.lists(st.sampled_from(["row", "width", "(", ")", "  ", "é"]), max_size=5).map(" ".join)


@unhurried
@given(st.integers(0, 130), st.integers(0, 130), st.data())
def test_rows_are_found_from_their_lines_and_from_each_other(removed, added, data):
    if not removed + added:
        return
    old = [f"value_{number} = old" for number in range(removed)]
    new = [f"value_{number * 2} = new" for number in range(added)]
    pairing = Pairing(old, new)
    side = data.draw(st.sampled_from([side for side in (0, 1) if (old, new)[side]]))
    index = data.draw(st.integers(0, len((old, new)[side]) - 1))
    # Whatever is asked first, it is the same row that stands there in the end.
    row = pairing.row_with(side, index)
    assert pairing.pair(row)[side] == index
    rows, here = [], 0
    while here is not None:
        rows.append(here)
        below = pairing.after(here)
        assert below is None or pairing.before(below) == here
        here = below
    assert rows[0] == 0
    assert pairing.before(0) is None
    assert rows[-1] == pairing.last
    assert tuple(map(pairing.pair, rows)) == tuple(pairing.rows()) == align(old, new)
    assert row in rows
    assert [at for at, _ in pairing.rows() if at is not None] == list(range(removed))
    assert [at for _, at in pairing.rows() if at is not None] == list(range(added))


@unhurried
@given(st.lists(line, max_size=8), st.lists(line, max_size=8))
def test_no_other_pairs_are_more_alike(removed, added):
    """Against every way to pair them, on few lines."""
    alike = {
        (i, j): likeness(old, new)
        for i, old in enumerate(removed)
        for j, new in enumerate(added)
        if likeness(old, new) >= ALIKE
    }

    @cache
    def best(i, j):
        if i == len(removed) or j == len(added):
            return 0.0
        taken = alike.get((i, j), -1.0) + best(i + 1, j + 1) if (i, j) in alike else 0.0
        return max(taken, best(i + 1, j), best(i, j + 1))

    made = sum(alike.get(pair, 0.0) for pair in align(removed, added))
    assert made >= best(0, 0) - 1e-9


def test_a_long_run_is_weighed_only_where_it_is_looked_at(monkeypatch):
    weighed = []
    right = pairs._best
    monkeypatch.setattr(pairs, "_best", lambda old, new: weighed.append(len(old) * len(new)) or right(old, new))
    count = 20_000
    hunk = PacketHunk(
        old_start=1,
        old_count=count,
        new_start=1,
        new_count=count,
        lines=tuple([f"-old_{at} = {at}" for at in range(count)] + [f"+new_{at} = {at}" for at in range(count)]),
    )
    file = PacketFile(path="a.py", kind=Kind.MODIFIED, hunks=(hunk,))
    document = Document([file], {}.__getitem__)
    for layout in (Layout.UNIFIED, Layout.SPLIT):
        document.layout = layout
        middle = document.spot_at(count)
        for spot in (Spot(0), middle, document.last, document.find_line(0, Side.NEW, count // 2)):
            here = document.step(spot, -20)
            for _ in range(40):
                document.row(here)
                document.line_at(here)
                here = document.step(here, 1)
    assert len(weighed) <= 16
    assert max(weighed) <= WINDOW**2


def test_a_hunk_is_taken_apart_only_where_it_is_looked_at():
    hunks = tuple(
        PacketHunk(old_start=at, old_count=1, new_start=at, new_count=1, lines=("-a", "+b"))
        for at in range(1, 100_000, 10)
    )
    file = PacketFile(path="a.py", kind=Kind.MODIFIED, hunks=hunks, old="old", new="new")
    document = Document([file], lambda _: "a\n" * 100_000)
    spot = document.find_line(0, Side.NEW, 50_001)
    for _ in range(40):
        spot = document.step(spot, 1)
        document.row(spot)
    assert document.hunk(spot, 1) > spot
    assert document.step(document.last, -3) < document.last
    taken = [section for section in document.sections if section.part is not None and section._blocks is not None]
    assert len(taken) < 60
