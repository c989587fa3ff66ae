import tomllib

import pytest

from mergecheck.study.locate import line_of, locate


def places(value, place=()):
    yield place
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield from places(inner, (*place, key))


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1\n\n# b = 2\nb = 3", ("b",), 4),
        ("[a.b]\nx = 1\n\n[a]\ny = 2\n", ("a",), 4),
        ("[a.b]\nx = 1\n\n[a]\ny = 2\n", ("a", "b"), 1),
        ("[[a.b]]\n[a.c]\n", ("a",), 1),
        ("[[a]]\n[a.b]\nx = 1\n[[a]]\n[a.b]\nx = 1\n", ("a", 1, "b", "x"), 6),
        ("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]\nx = 1\n", ("a", 0, "b", 1), 3),
        ("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]\nx = 1\n", ("a", 1, "b", 0, "x"), 6),
        ("[[a]]\n\n[[a]]\n", ("a",), 1),
        ("[ a . 'b.c' ]\n\"d\\u0065\" = 1\n", ("a", "b.c", "de"), 2),
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b", "d"), 2),
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b"), 1),
        ("a = [ # ]\n  1,\n\n  [2,\n3]\n, ]\nb = 1", ("a", 1, 1), 5),
        ("a = [ # ]\n  1,\n\n  [2,\n3]\n, ]\nb = 1", ("b",), 7),
        ("a = [\n{b = 1},\n{b = [\n1]}]", ("a", 1, "b", 0), 4),
        ('a = {b.c = \'}\', d = "\\"}"}\ne = 1', ("e",), 2),
        ('a = """\nb = 1\n"""\nc = 1', ("c",), 4),
        ('a = """x""""\nb = 1\nc = """"""\n', ("c",), 3),
        ('a = """x"""""\nb = "\\"\\""\nc = 1\n', ("c",), 3),
        ('a = """\\""""\nb = """\\\\"""\nc = 1\n', ("c",), 3),
        ("a = '''x''''\nb = '''\n'''''\nc = 1\n", ("c",), 4),
        ("a = '\\'\nb = ''\nc = 1\n", ("c",), 3),
        ("a = 1979-05-27 07:32:00 # x\nb = -inf\nc = 0x1F", ("c",), 3),
        ("a = '\u2028'\nb = 1", ("b",), 2),
    ],
)
def test_where_a_value_stands(text, place, line):
    lines = locate(text)
    assert set(lines) == set(places(tomllib.loads(text)))
    assert lines[place] == line


def test_what_is_missing_stands_where_its_table_does():
    lines = locate("x = 1\n[[a]]\n[[a]]\nb = 1\n")
    assert line_of(lines, ("a", 1, "c")) == 3
    assert line_of(lines, ("a", 1, "b", "c")) == 4
    assert line_of(lines, ("d", "e")) == 1
