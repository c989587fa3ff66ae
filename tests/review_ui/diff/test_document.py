"""What a change is drawn from: every line once, places kept, widths held, whatever the texts are."""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mergecheck.packet.format import PacketFile, PacketHunk
from mergecheck.records import Kind, Side
from review_ui.diff.blocks import Part
from review_ui.diff.cells import columns_of, cut, shortened, wrap
from review_ui.diff.document import Document, Layout, Spot
from review_ui.diff.lay import Columns, drawn, lay
from review_ui.diff.pairs import align
from review_ui.diff.texts import lines_of
from review_ui.diff.words import ALIKE, changed_words, likeness
from review_ui.shown import EFFECTS

unhurried = settings(deadline=None)
words = st.sampled_from(
    ["width", "row", "return", "max(", ")", " ", "\t", "é", "漢字", "e\u0301", "\x1b[31m", "\u202e", "\r"]
)
line = st.lists(words, max_size=8).map("".join)
text = st.lists(line, max_size=30)


def hunks(old: list[str], new: list[str], context: int) -> tuple[PacketHunk, ...]:
    """Small ones, by the standard library: in tests only."""
    made = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context):
        rows = []
        for tag, i1, i2, j1, j2 in group:
            rows += [" " + row for row in old[i1:i2]] if tag == "equal" else ["-" + row for row in old[i1:i2]]
            rows += [] if tag == "equal" else ["+" + row for row in new[j1:j2]]
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        made.append(
            PacketHunk(
                old_start=i1 + (i2 > i1),
                old_count=i2 - i1,
                new_start=j1 + (j2 > j1),
                new_count=j2 - j1,
                lines=rows,
            )
        )
    return tuple(made)


def document(*pairs: tuple[list[str], list[str]], context: int = 3) -> Document:
    texts, files = {}, []
    for number, (old, new) in enumerate(pairs):
        names = f"old{number}", f"new{number}"
        for name, rows in zip(names, (old, new), strict=True):
            texts[name] = "".join(row + "\n" for row in rows)
        files.append(
            PacketFile(
                path=f"f{number}.py",
                kind=Kind.MODIFIED,
                old=names[0],
                new=names[1],
                hunks=hunks(old, new, context),
            )
        )
    return Document(files, texts.__getitem__)


def all_rows(change: Document):
    spot, rows = Spot(0), []
    while True:
        rows.append(change.row(spot))
        if spot == change.last:
            return rows
        spot = change.step(spot, 1)


@unhurried
@given(text, text, st.integers(0, 3), st.sampled_from([Layout.UNIFIED, Layout.SPLIT, Layout.AUTO]), st.booleans())
def test_every_line_of_both_texts_is_there_once_and_in_order(old, new, context, layout, wide):
    change = document((old, new), context=context)
    change.layout, change.wide = layout, wide
    change.open_file(0)
    rows = [row for row in all_rows(change) if row.part in (Part.RUN, Part.SAME)]
    assert [row.old_text for row in rows if row.old is not None] == old or not change.files[0].hunks
    assert [row.new_text for row in rows if row.new is not None] == new or not change.files[0].hunks
    if change.files[0].hunks:
        assert [row.old for row in rows if row.old is not None] == list(range(1, len(old) + 1))
        assert [row.new for row in rows if row.new is not None] == list(range(1, len(new) + 1))


@unhurried
@given(text, text, st.integers(0, 3), st.data())
def test_hidden_lines_and_shown_ones_are_the_whole_file(old, new, context, data):
    change = document((old, new), context=context)
    for _ in range(data.draw(st.integers(0, 4))):
        gaps = [section for section in change.sections if section.part is Part.GAP]
        if gaps:
            gap = data.draw(st.sampled_from(gaps))
            assert change.open_gap(
                0, gap.old, count=data.draw(st.integers(1, 5)), from_above=data.draw(st.booleans())
            )
    if change.files[0].hunks:
        hidden = sum(row.hidden for row in all_rows(change))
        assert hidden + sum(
            row.new is not None and row.part in (Part.RUN, Part.SAME) for row in all_rows(change)
        ) == len(new)
        assert hidden + sum(
            row.old is not None and row.part in (Part.RUN, Part.SAME) for row in all_rows(change)
        ) == len(old)


@unhurried
@given(st.lists(st.tuples(text, text), min_size=1, max_size=3), st.data())
def test_a_place_is_found_again_in_the_other_layout(pairs, data):
    change = document(*pairs)
    line = data.draw(st.integers(0, change.length - 1))
    spot = change.spot_at(line)
    assert change.line_at(spot) == line
    place = change.place(spot)
    assert change.find(place) == spot
    change.layout = Layout.SPLIT
    there = change.row(change.find(place))
    assert (there.part, there.file) == (place.part, place.file)
    if place.part in (Part.RUN, Part.SAME):
        assert place.old in (None, there.old)
        assert place.new in (None, there.new)
    change.layout = Layout.UNIFIED
    assert change.find(place) == spot


@unhurried
@given(st.lists(st.tuples(text, text), min_size=1, max_size=3), st.sampled_from([Layout.UNIFIED, Layout.SPLIT]))
def test_steps_on_and_back_meet(pairs, layout):
    change = document(*pairs)
    change.layout = layout
    rows = len(all_rows(change))
    assert change.step(Spot(0), rows * 2) == change.last
    assert change.step(change.last, -rows * 2) == Spot(0)
    for by in range(rows):
        assert change.step(change.step(Spot(0), by), -by) == Spot(0)


@unhurried
@given(st.lists(st.tuples(text, text), min_size=1, max_size=3))
def test_jumping_hunks_visits_each_once_there_and_back(pairs):
    change = document(*pairs)
    spot, there = Spot(0), []
    while (spot := change.hunk(spot, 1)) is not None:
        there.append(spot)
    assert len(there) == sum(len(file.hunks) for file in change.files)
    assert all(change.row(spot).changed for spot in there)
    spot, back = change.last, []
    if there and spot.section == there[-1].section:
        back.append(there[-1])
    while (spot := change.hunk(spot, -1)) is not None:
        back.append(spot)
    assert back[-len(there) :] == there[::-1] or not there


def test_a_folded_file_is_one_row_and_its_lines_are_found_at_its_head():
    change = document((["a", "b"], ["a", "c"]), (["d"], ["e"]))
    change.fold(0, True)
    assert change.find_line(0, Side.NEW, 2) == change.file_spot(0)
    assert change.row(change.step(change.file_spot(0), 1)).file == 1
    change.fold(0, False)
    assert change.row(change.find_line(0, Side.NEW, 2)).new_text == "c"


@unhurried
@given(st.text(max_size=60), st.integers(1, 30))
def test_wrapped_rows_are_the_whole_text_and_fit(text, width):
    safe = drawn(text.replace("\n", "")).text
    rows = wrap(safe, width)
    assert "".join(safe[start:end] for start, end in rows) == safe
    assert all(columns_of(safe[start:end]) <= max(width, 2) for start, end in rows)
    assert all(start < end for start, end in rows) or safe == ""


@unhurried
@given(line, line, st.integers(20, 90), st.booleans(), st.booleans(), st.integers(0, 20))
def test_both_layouts_hold_their_columns(old, new, width, split, wrapped, skip):
    change = document(([old], [new]))
    change.layout = Layout.SPLIT if split else Layout.UNIFIED
    for row in all_rows(change):
        if row.part not in (Part.RUN, Part.SAME):
            continue
        columns = Columns(width, 3, split)
        laid = lay(row, columns, wrapped=wrapped, skip=skip)
        for text, pieces in ((row.old_text, laid.old), (row.new_text, laid.new)):
            assert all(cell_len(drawn(text).text[slice(*piece)]) <= columns.code for piece in pieces)
            assert wrapped or len(pieces) <= 1
        assert laid.height >= 1


@unhurried
@given(st.text(max_size=40), st.integers(0, 50), st.integers(2, 40))
def test_a_cut_line_fits(text, skip, width):
    start, end = cut(text, skip, width)
    assert 0 <= start <= end <= len(text)
    assert columns_of(text[start:end]) <= width


@unhurried
@given(st.text(max_size=80))
def test_what_is_drawn_has_no_effect_and_knows_where_each_character_is(text):
    import unicodedata

    made = drawn(text.replace("\n", ""))
    assert not [mark for mark in made.text if unicodedata.category(mark) in EFFECTS]
    places = [made.at(offset) for offset in range(len(text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(made.text)


@unhurried
@given(st.lists(line, max_size=50), st.lists(line, max_size=50))
def test_pairs_keep_every_line_and_both_orders(removed, added):
    rows = align(removed, added)
    assert [old for old, _ in rows if old is not None] == list(range(len(removed)))
    assert [new for _, new in rows if new is not None] == list(range(len(added)))


def test_lines_are_paired_by_likeness_not_by_position():
    removed = ["def width(row):", "    return len(row)"]
    added = ["# counts cells", "# and no more", "def width(row, pad):", "    return len(row) + pad"]
    assert [pair for pair in align(removed, added) if None not in pair] == [(0, 2), (1, 3)]


def test_changed_words_are_what_differs():
    old, new = "    return len(row)", "    return max(row)"
    left, right = changed_words(old, new)
    assert [old[slice(*span)] for span in left] == ["len"]
    assert [new[slice(*span)] for span in right] == ["max"]
    assert changed_words("alpha beta", "gamma(delta)") == ((), ())


@unhurried
@given(line, line)
def test_what_is_not_marked_is_the_same_on_both_sides(old, new):
    left, right = changed_words(old, new)
    if likeness(old, new) < ALIKE:
        assert (left, right) == ((), ())
        return

    def rest(text, spans):
        return "".join(mark for place, mark in enumerate(text) if not any(a <= place < b for a, b in spans))

    assert rest(old, left) == rest(new, right)


def within(text: str, spans) -> bool:
    """Whether these are stretches of the text, none empty, in order, and no two that touch."""
    ends = [0, *(end for _, end in spans)]
    begins = [begin for begin, _ in spans]
    apart = all(ends[number] < begin or (not number and not begin) for number, begin in enumerate(begins))
    return apart and ends[-1] <= len(text) and all(begin < end for begin, end in spans)


@unhurried
@given(line, line)
def test_changed_words_lie_within_their_lines(old, new):
    left, right = changed_words(old, new)
    assert within(old, left)
    assert within(new, right)
    assert changed_words(old, old) == ((), ())


@unhurried
@given(line, line)
def test_two_lines_are_as_alike_whichever_is_the_old_one(old, new):
    assert likeness(old, new) == likeness(new, old)
    assert 0 <= likeness(old, new) <= 1 == likeness(old, old)
    assert any(changed_words(old, new)) == any(changed_words(new, old))


@unhurried
@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 3), st.integers(0, 3))
def test_of_very_long_lines_the_middle_is_what_differs(before, behind, taken, put):
    head, tail = "a, " * before, " b;" * behind
    old, new = head + "- " * taken + tail, head + "+ " * put + tail
    left, right = changed_words(old, new)
    assert within(old, left)
    assert within(new, right)
    if likeness(old, new) < ALIKE:
        return
    kept = [
        "".join(mark for place, mark in enumerate(one) if not any(a <= place < b for a, b in spans))
        for one, spans in ((old, left), (new, right))
    ]
    assert kept[0] == kept[1]


@unhurried
@given(st.from_regex(r"[a-z漢/]{1,40}", fullmatch=True), st.integers(0, 50))
def test_a_shortened_path_fits(path, width):
    made = shortened(path, width)
    assert columns_of(made) <= width
    assert made == path or "…" in made or width < 1


def test_shortened_paths_still_tell_files_apart():
    paths = ["src/very/long/package/alpha/models.py", "src/very/long/package/alpha/fields.py"]
    assert len({shortened(path, 20) for path in paths}) == 2


@pytest.mark.parametrize(
    ("text", "lines"), [("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\n", ["a", ""]), ("a\r\nb", ["a\r", "b"])]
)
def test_lines_of_a_text(text, lines):
    assert lines_of(text) == lines
