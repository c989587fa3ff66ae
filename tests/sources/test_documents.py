"""Text and JSON as they lie there: marks, line ends, encodings, damage."""

import codecs

import pytest

from mergecheck.errors import SourceError
from mergecheck.sources.documents import RepeatedKeys, capped, decode, pairs_of, read_document


@pytest.fixture
def read(tmp_path):
    def reading(name, raw):
        (tmp_path / name).write_bytes(raw)
        return read_document(tmp_path / name, name)

    return reading


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        (b"plain", "plain", "utf-8"),
        ("é".encode(), "é", "utf-8"),
        (codecs.BOM_UTF8 + "é".encode(), "é", "utf-8"),
        ("é".encode("latin-1"), "é", "latin-1"),
        (codecs.BOM_UTF8 + "é".encode("latin-1"), "é", "latin-1"),
        ("é".encode("utf-16"), "é", "utf-16"),
        (b"a\r\nb\rc", "a\r\nb\rc", "utf-8"),
    ],
)
def test_decoding_strips_marks_and_keeps_line_ends(raw, text, encoding):
    assert decode(raw, "f") == (text, encoding)


def test_what_begins_as_utf_16_and_is_not_is_refused_with_its_place():
    with pytest.raises(SourceError, match="begins as UTF-16") as raised:
        decode(codecs.BOM_UTF16_LE + b"a", "f.json")
    assert raised.value.where == "f.json, byte 3"


def test_json_lines_are_numbered_as_in_the_file(read):
    document = read("f.jsonl", b'\r\n{"a": 1}\r\n\r\n{"a": 2}\r\n')
    assert document.lines == ((2, {"a": 1}), (4, {"a": 2}))


def test_a_line_separator_inside_a_string_ends_no_line(read):
    document = read("f.jsonl", '{"a": "x\u2028\x85y"}\n'.encode())
    assert document.lines == ((1, {"a": "x\u2028\x85y"}),)


def test_one_latin_1_line_does_not_spoil_the_others(read):
    document = read("f.jsonl", '{"a": "é"}\n'.encode() + '{"a": "è"}\n'.encode("latin-1"))
    assert document.lines == ((1, {"a": "é"}), (2, {"a": "è"}))
    assert document.notes == ("f.jsonl is not UTF-8 in line 2: read as Latin-1",)


@pytest.mark.parametrize("name", ["f.json", "f.jsonl"])
def test_the_text_says_what_it_is_whatever_the_name(read, name):
    assert read(name, b'[{"a": 1},\n {"a": 2}]').value == [{"a": 1}, {"a": 2}]
    assert read(name, b'{\n "a": 1\n}').value == {"a": 1}
    assert read(name, b'{"a": 1}\n{"a": 2}\n').lines == ((1, {"a": 1}), (2, {"a": 2}))


def test_a_torn_line_is_named_with_its_column_and_the_others_are_kept(read):
    document = read("f.jsonl", b'{"a": 1}\n{"a": 2, "b"\n{"a": 3}\n')
    assert [number for number, _ in document.lines] == [1, 3]
    assert [problem.where for problem in document.damage] == ["f.jsonl, line 2, column 13"]


def test_a_torn_document_is_named_with_line_and_column(read):
    (problem,) = read("f.json", b'{\n "a": [1,\n  2').damage
    assert problem.where == "f.json, line 3, column 4"
    assert "cut off" in problem.fix


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_json_beyond_any_measure_is_damage_and_no_crash(read, raw):
    assert len(read("f.json", raw).damage) == 1


def test_repeated_keys_are_kept(read):
    value = read("f.json", b'{"a": 1, "b": 2, "a": 3}').value
    assert isinstance(value, RepeatedKeys)
    assert value.repeated() == {"a"}
    assert pairs_of(value) == [("a", 1), ("b", 2), ("a", 3)]


def test_white_space_alone_is_empty(read):
    assert read("f.json", b" \r\n").empty


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="cannot be read") as raised:
        read_document(tmp_path / "no.json", "no.json")
    assert raised.value.where == "no.json"


def test_many_problems_of_one_file_are_counted_not_all_shown():
    problems = [SourceError(str(n), where="f") for n in range(50)]
    shown = capped(problems, "f")
    assert len(shown) == 21
    assert shown[-1].what == "30 more problems in this file"
