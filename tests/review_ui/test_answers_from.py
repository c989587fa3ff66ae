"""Answers from a file: checked whole, saved whole, safe to give again, and the same as by hand."""

import csv
import io
import json
import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.errors import AnswersError, MergecheckError, Problems
from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from mergecheck.records import Decision, Front
from review_ui.answers_from import review_from
from review_ui.rows import FIELDS, read_rows


def reviews_of(packet):
    return fold(read_answers(packet.with_name("fox.answers.jsonl")).events)


def json_lines(rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_csv(rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [name for name in FIELDS if any(name in row for row in rows)])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def answer(packet):
    """Writes rows (or text) beside the packet and answers the packet from them."""

    def run(rows, name="answers.jsonl") -> Counter:
        file = packet.with_name(name)
        text = rows if isinstance(rows, str) else (as_csv if name.endswith(".csv") else json_lines)(rows)
        file.write_text(text, encoding="utf-8", newline="")
        return review_from(packet, file)

    return run


@pytest.fixture
def rows(plan):
    """The plan, by item and by position in turn."""
    keys = [{"item": f"blind-{n}"} if n % 2 else {"position": str(n)} for n in range(1, 7)]
    return [{**key, **fields} for key, fields in zip(keys, plan, strict=True)]


def problems(answer, rows, name="answers.jsonl") -> list[MergecheckError]:
    with pytest.raises(Problems) as caught:
        answer(rows, name)
    return list(caught.value.problems)


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv"])
def test_the_same_answers_by_file_and_by_hand_are_the_same_reviews(make_packet, plan, rows, replies, talk, name):
    by_file, by_hand = make_packet("file/fox.zip"), make_packet("hand/fox.zip")
    file = by_file.with_name(name)
    file.write_text((as_csv if name.endswith(".csv") else json_lines)(rows), encoding="utf-8", newline="")
    talked = talk(by_file, "--answers-from", file)
    said, code = talked.end()
    assert code == 0, said
    assert "Saved: 6 new." in said
    conversation = talk(by_hand, "--plain")
    reply = replies(plan)
    while (turn := conversation.prompt())[1]:
        conversation.answer(reply(*turn))

    def plainly(packet):
        return {
            item: replace(review, active_seconds=0, front=None, submitted_at=None)
            for item, review in reviews_of(packet).items()
        }

    assert plainly(by_file) == plainly(by_hand)
    assert {review.front for review in reviews_of(by_file).values()} == {Front.ANSWERS_FILE}
    assert all(review.active_seconds == 0 for review in reviews_of(by_file).values())


def test_numbers_may_be_numbers(answer, packet):
    answer([{"position": 1, "decision": "accept", "progress": 100, "confidence": 3, "baseline_minutes": 7.5}])
    assert reviews_of(packet)["blind-1"].final.baseline_minutes == 7.5


def test_a_whole_number_may_have_a_point(answer, packet):
    """A spreadsheet or a data frame writes 5.0 where a cell of the column is empty."""
    row = {"position": 1.0, "decision": "accept", "progress": 90.0, "confidence": "5.0", "baseline_minutes": 30.0}
    assert answer([row]) == {"new": 1}
    assert reviews_of(packet)["blind-1"].final.progress == 90
    (problem,) = problems(answer, [{**row, "position": "2", "confidence": "5.5"}])
    assert problem.where.endswith("field confidence")


def test_a_guess_out_of_range_is_told_beside_what_else_is_wrong(answer):
    row = {"item": "blind-1", "decision": "accept", "progress": 1, "confidence": 1, "baseline_minutes": 1}
    told = problems(answer, [{**row, "guess": "ai", "guess_confidence": 99, "recognised": "perhaps"}])
    assert [error.where.rpartition(" ")[2] for error in told] == ["guess_confidence", "recognised"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
def test_a_full_disk_says_how_far_it_came_and_the_same_file_goes_on(packet, rows, answer):
    import resource

    file = packet.with_name("rows.jsonl")
    file.write_text(json_lines(rows), encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        with pytest.raises(AnswersError) as caught:
            review_from(packet, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    done = sum(
        review.final is not None and (review.guess is not None or review.final.decision is Decision.SKIP)
        for review in reviews_of(packet).values()
    )
    assert 0 < done < 6
    assert f"{done} of 6 rows" in caught.value.what
    assert "same command again" in caught.value.fix
    assert answer(rows).total() == 6
    assert len(reviews_of(packet)) == 6


def test_a_file_may_be_given_again(answer, packet, rows):
    assert answer(rows) == {"new": 6}
    before = reviews_of(packet)
    assert answer(rows) == {"left as they were": 6}
    assert reviews_of(packet) == before
    kinds = [event.type for event in read_answers(packet.with_name("fox.answers.jsonl")).events]
    assert kinds.count(EventType.VERDICT) == 6


def test_a_longer_file_adds_what_is_new(answer, rows):
    assert answer(rows[:2]) == {"new": 2}
    assert answer(rows) == {"left as they were": 2, "new": 4}


def test_before_the_question_about_the_author_an_answer_is_revised(answer, packet, plan):
    first = {"item": "blind-1", "decision": "accept", "progress": "90", "confidence": "5", "baseline_minutes": "3"}
    assert answer([first]) == {"new": 1}
    assert answer([{**first, "progress": "80"}]) == {"revised": 1}
    assert answer([{**first, "progress": "80", "guess": "cannot_tell", "recognised": "no"}]) == {"completed": 1}
    assert reviews_of(packet)["blind-1"].verdict.progress == 80
    assert len(problems(answer, [first])) == 1


def test_after_it_only_a_correction_with_a_reason_is_taken(answer, packet, rows):
    answer(rows)
    changed = [{**rows[0], "progress": "10"}]
    (problem,) = problems(answer, changed)
    assert problem.where.endswith("line 1, field why")
    assert answer([{**changed[0], "why": "looked again"}]) == {"corrected": 1}
    assert answer([{**changed[0], "why": "looked again"}]) == {"left as they were": 1}
    review = reviews_of(packet)["blind-1"]
    assert (review.verdict.progress, review.final.progress, review.corrections) == (100, 10, ("looked again",))


def test_a_reason_for_a_correction_of_nothing_is_refused(answer, rows):
    (problem,) = problems(answer, [{**rows[0], "why": "because"}])
    assert problem.where.endswith("field why")


def test_an_answered_guess_stays(answer, rows):
    answer(rows)
    (problem,) = problems(answer, [{**rows[0], "guess": "ai"}])
    assert problem.where.endswith("field guess")


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv"])
def test_everything_wrong_is_told_at_once_and_nothing_is_saved(answer, packet, rows, name):
    wrong = [
        rows[0],
        {"item": "blind-9", "decision": "accept"},
        {"item": "blind-1", "decision": "accept"},
        {"position": "7", "decision": "accept"},
        {"item": "blind-2", "position": "3", "decision": "skip", "skip_reason": "cannot_judge"},
        {"decision": "accept"},
        {"item": "blind-4", "decision": "maybe", "progress": "half"},
        {"item": "blind-5", "decision": "accept", "reason": "other", "progress": "101", "confidence": "0"},
        {"item": "blind-6", "decision": "skip", "skip_reason": "no time", "guess": "ai", "recognised": "no"},
        {"position": "3", "decision": "request_changes", "reason": "other", "progress": "5", "confidence": "5",
         "baseline_minutes": "-3", "guess": "robot", "guess_confidence": "5"},
    ]  # fmt: skip
    told = problems(answer, wrong, name)
    found = {tuple(error.where.rpartition(", line ")[2].split(", field ")): error for error in told}
    header = 1 if name.endswith(".csv") else 0
    assert set(found) == {
        (str(line + header), field)
        for line, fields in {
            2: ["item"], 3: ["item"], 4: ["position"], 5: ["position"], 6: ["item"], 7: ["decision", "progress"],
            8: ["reason", "progress", "confidence", "baseline_minutes"],
            9: ["skip_reason", "guess", "recognised"],
            10: ["baseline_minutes", "guess", "recognised"],
        }.items()
        for field in fields
    }  # fmt: skip
    assert all(error.fix for error in found.values())
    assert all(review.final is None for review in reviews_of(packet).values())


@pytest.mark.parametrize(
    ("name", "text", "where", "fix"),
    [
        (
            "a.jsonl",
            '{"item": "blind-1", "decison": "accept"}\n',
            "line 1, field decison",
            "did you mean decision?",
        ),
        ("a.jsonl", '\n{"item": 1\n', "line 2", "one object a line"),
        ("a.jsonl", "[1, 2]\n", "line 1", "write"),
        ("a.jsonl", '{"item": ["x"]}\n', "line 1, field item", ""),
        ("a.jsonl", '{"item": "blind-1", "progress": true}\n', "line 1, field progress", ""),
        ("a.csv", "item,decison\nblind-1,accept\n", "line 1, field decison", "did you mean decision?"),
        ("a.csv", "item,item\nblind-1,blind-1\n", "line 1, field item", "keep one"),
        ("a.csv", 'item,comment\n"blind-1","a\nb"\nblind-2,a,b\n', "line 4", "double quotes"),
        ("a.csv", 'item,comment\nblind-1,"open\n', "line 2", "check the quotes"),
    ],
)
def test_a_file_of_the_wrong_form_is_refused_where_it_is_wrong(answer, packet, name, text, where, fix):
    found = problems(answer, text, name)
    assert any(error.where.endswith(where) and fix in error.fix for error in found), found


def test_what_windows_programs_write_is_read(answer, packet):
    text = '\ufeffposition,decision,skip_reason,comment\r\n1,skip,cannot_judge,"two\r\nlines, größer"\r\n\r\n'
    assert answer(text, "answers.CSV") == {"new": 1}
    assert reviews_of(packet)["blind-1"].final.comment == "two\nlines, größer"


def test_latin_1_is_refused_with_its_line(packet, answer):
    file = packet.with_name("a.csv")
    file.write_bytes("position,comment\n1,a\n2,größer\n".encode("latin-1"))
    with pytest.raises(AnswersError, match="not UTF-8") as caught:
        review_from(packet, file)
    assert caught.value.where.endswith("line 3")
    assert "UTF-8" in caught.value.fix


@pytest.mark.parametrize("name", ["answers.txt", "answers"])
def test_another_ending_is_refused(packet, name):
    with pytest.raises(AnswersError, match="ending") as caught:
        review_from(packet, packet.with_name(name))
    assert ".csv or .jsonl" in caught.value.fix


def test_a_missing_file_is_refused_before_anything_is_written(packet):
    with pytest.raises(AnswersError, match="cannot be read"):
        review_from(packet, packet.with_name("none.csv"))
    assert not packet.with_name("fox.answers.jsonl").exists()


def test_by_hand_and_by_file_may_take_turns(packet, talk, answer, rows):
    answer(rows[:1])
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    assert "== Item 2 of 6" in conversation.expect("? keys", "s")
    conversation.expect("Why", "1")
    conversation.expect("> ", "")
    conversation.expect("? keys", "q")
    conversation.end()
    reviews = reviews_of(packet)
    assert reviews["blind-1"].front is Front.ANSWERS_FILE
    assert reviews["blind-2"].front is Front.PLAIN
    assert answer([{**rows[1]}]) == {"revised": 1}
    assert reviews_of(packet)["blind-2"].final.decision is Decision.REQUEST_CHANGES


cells = st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=10))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cells, max_size=4))
def test_rows_come_back_as_they_were_written(tmp_path, made):
    wanted = [{name: text for name, text in row.items() if text.strip()} for row in made]
    file = tmp_path / "a.jsonl"
    file.write_text(json_lines(made), encoding="utf-8", newline="")
    rows, found = read_rows(file)
    assert not found
    assert [row.fields for row in rows] == wanted


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.lists(st.sampled_from([*FIELDS, ",", '"', "\n", "\r\n", "x"])).map("".join))
def test_any_text_is_rows_or_problems_with_a_place(tmp_path, text):
    for name in ("a.csv", "a.jsonl"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8", errors="replace", newline="")
        rows, found = read_rows(file)
        assert all(set(row.fields) <= set(FIELDS) for row in rows)
        assert all("line" in error.where for error in found)
