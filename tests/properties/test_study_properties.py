"""Any study that a TOML writer can write loads as what was written, and every line number is right."""

import json
import random
import re
import tempfile
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mergecheck.errors import MergecheckError, Problems
from mergecheck.packet.form import GUIDELINES
from mergecheck.study import load_study, study_text
from mergecheck.study.locate import locate
from mergecheck.study.tables import STUDY

TROUBLE = st.sampled_from([*"#[]{}=,.\"'\\\n\t é😀\u2028\x7f\x00aB0", '"""', "'''", "\n# a = 1\n", "[[x]]"])
TEXTS = st.lists(TROUBLE, max_size=8).map("".join)
BARE = re.compile(r"[A-Za-z0-9_-]+")


class Writer:
    """Writes a document in every way that TOML has, and notes the line of all that it writes.

    `pick(n)` chooses among n ways. Drawn from hypothesis it shrinks; from a seeded generator it is quicker.
    """

    def __init__(self, pick):
        self.pick = pick
        self.parts: list[str] = []
        self.line = 1
        self.lines = {(): 1}
        self.implied = set()

    def put(self, text):
        self.parts.append(text)
        self.line += text.count("\n")

    def choose(self, *options):
        return options[self.pick(len(options))]

    def note(self, place, *, implied=False):
        if implied and place not in self.lines:
            self.implied.add(place)
            self.lines[place] = self.line
        elif not implied and (place not in self.lines or place in self.implied):
            self.implied.discard(place)
            self.lines[place] = self.line

    def blank(self):
        for _ in range(self.pick(3)):
            self.put(self.choose("\n", "  \n", "# [a] = {\n", '# """\n', "\t# it's\n"))

    def space(self):
        self.put(self.choose("", " ", "\t "))

    def gap(self):
        """What may stand between the elements of an array."""
        self.put(self.choose("", " ", "\n", "\n\n  ", " # ]\n", "\n#,\n\t"))

    def end(self):
        self.put(self.choose("\n", " # = [\n", "\t#'\n", "\n\n"))

    def document(self, table):
        self.table((), table)
        self.blank()
        return "".join(self.parts)

    def table(self, here, table):
        below = []
        for key, value in table.items():
            tables = isinstance(value, dict) or (isinstance(value, list) and value and self.all_tables(value))
            if tables and self.pick(2):
                below.append((key, value))
            else:
                self.pair(here, key, value)
        for key, value in below:
            place = (*here, key)
            for row in [value] if isinstance(value, dict) else value:
                at = place
                only_tables = isinstance(value, dict) and value and self.all_tables(list(value.values()))
                if only_tables and self.pick(2):
                    self.table_of_tables(at, row)
                    continue
                self.blank()
                if isinstance(value, list):
                    self.note(place)
                    at = (*place, value.index(row) if value.count(row) == 1 else self.next_row(place))
                self.note_above(place)
                self.note(at)
                brackets = "[[]]" if isinstance(value, list) else "[]"
                half = len(brackets) // 2
                self.put(brackets[:half])
                self.names(place)
                self.put(brackets[half:])
                self.end()
                self.table(at, row)

    def table_of_tables(self, at, table):
        """A table without a header of its own: those of the tables in it imply it."""
        for key, value in table.items():
            self.blank()
            place = (*at, key)
            self.note_above(place)
            self.note(place)
            self.put("[")
            self.names(place)
            self.put("]")
            self.end()
            self.table(place, value)

    def next_row(self, place):
        return sum(1 for other in self.lines if len(other) == len(place) + 1 and other[:-1] == place)

    @staticmethod
    def all_tables(values):
        return all(isinstance(value, dict) for value in values)

    def note_above(self, place):
        for length in range(1, len(place)):
            self.note(place[:length], implied=True)

    def names(self, place):
        for number, key in enumerate(part for part in place if isinstance(part, str)):
            if number:
                self.space()
                self.put(".")
                self.space()
            self.put(self.key(key))

    def key(self, key):
        plain = BARE.fullmatch(key) and self.pick(2)
        return key if plain else self.basic(key)

    def pair(self, here, key, value):
        self.blank()
        place = (*here, key)
        if isinstance(value, dict) and value and self.pick(2):
            self.dotted(place, value)
            return
        self.note(place)
        self.put(self.key(key))
        self.assign(place, value)
        self.end()

    def dotted(self, place, table):
        for key, value in table.items():
            self.note(place, implied=True)
            self.note((*place, key))
            self.put(self.key(place[-1]))
            self.space()
            self.put(".")
            self.space()
            self.put(self.key(key))
            self.assign((*place, key), value)
            self.end()

    def assign(self, place, value):
        self.space()
        self.put("=")
        self.space()
        self.value(place, value)

    def value(self, place, value):
        self.note(place)
        if isinstance(value, list):
            self.put("[")
            for number, element in enumerate(value):
                if number:
                    self.put(",")
                self.gap()
                self.value((*place, number), element)
                self.gap()
            if value and self.pick(2):
                self.put(",")
            self.gap()
            self.put("]")
        elif isinstance(value, dict):
            self.put("{")
            for number, (key, inner) in enumerate(value.items()):
                self.put("," if number else "")
                self.space()
                self.note((*place, key))
                self.put(self.key(key))
                self.assign((*place, key), inner)
                self.space()
            self.put("}")
        elif isinstance(value, str):
            self.put(self.string(value))
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        else:
            self.put(value.isoformat() if isinstance(value, date) else repr(value))

    def string(self, text):
        control = any(letter == "\x7f" or (ord(letter) < 32 and letter not in "\t\n") for letter in text)
        ways = [self.basic(text)]
        if not control and "'" not in text and "\n" not in text:
            ways.append(f"'{text}'")
        if not control and "'''" not in text:
            ways.append(f"'''\n{text}'''")
        if not control and '"""' not in text and "\\" not in text:
            ways.append(f'"""\n{text}"""')
        if not control and "\\" not in text:
            ways.append(
                '"""\\\n  ' + text.replace('"', '\\"') + '"""' if text[:1] not in ("\n", "\t", " ") else ways[0]
            )
        return self.choose(*ways)

    @staticmethod
    def basic(text):
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


KEYS = st.one_of(st.from_regex(BARE, fullmatch=True).filter(lambda key: len(key) < 6), TEXTS)
SCALARS = st.one_of(TEXTS, st.integers(-5, 5), st.booleans(), st.floats(allow_nan=False), st.dates())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
CHANCE = st.integers(0, 2**32).map(random.Random)
NESTED = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=2),
    lambda inner: st.dictionaries(KEYS, st.one_of(inner, st.lists(inner, max_size=3)), max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.one_of(st.dictionaries(KEYS, VALUES, max_size=5), NESTED)


def everything(value, place=()):
    yield place
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield from everything(inner, (*place, key))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DOCUMENTS, st.data())
def test_the_locator_finds_every_value_of_any_document(document, data):
    writer = Writer(lambda ways: data.draw(st.integers(0, ways - 1)))
    text = writer.document(document)
    assert tomllib.loads(text) == document
    assert set(writer.lines) == set(everything(document))
    assert locate(text) == writer.lines


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
REPOSITORY = st.from_regex(r"[a-z][a-z0-9-]{0,5}/[a-z][a-z0-9_.-]{0,5}", fullmatch=True).filter(
    lambda name: not name.endswith(".git")
)
SHARE = st.floats(0, 1) | st.integers(0, 1)
PATTERN = LINE.filter(lambda text: "\\" not in text and not text.startswith(("/", "~", "./", "../")))
PSEUDONYM = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
CHOICES = st.lists(
    st.fixed_dictionaries(
        {"key": st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), "title": LINE},
        optional={"definition": TEXTS},
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda choice: choice["key"],
)


@st.composite
def studies(draw):
    repositories = draw(st.lists(REPOSITORY, max_size=3, unique=True))
    known = st.sampled_from(repositories) if repositories else REPOSITORY
    submission = st.fixed_dictionaries(
        {"name": LINE, "path": LINE, "model": LINE, "released": st.dates()}, optional={"agent": LINE | st.just("")}
    ).filter(lambda row: row["name"].casefold() not in ("golden", "gold") and not row["path"].startswith("~"))
    reviewer = st.fixed_dictionaries(
        {"id": PSEUDONYM}, optional={"repositories": st.lists(known, max_size=3, unique=True)}
    )
    benchmark = st.fixed_dictionaries(
        {"source": st.just("hub/name"), "repositories": st.just(repositories)},
        optional={"split": LINE, "instances": st.lists(LINE, max_size=3, unique=True)},
    )
    return draw(
        st.fixed_dictionaries(
            {"name": LINE, "benchmark": benchmark},
            optional={
                "seed": st.integers(0, 2**63 - 1),
                "golden_share": st.floats(0, 1, exclude_min=True) | st.just(1),
                "unresolved_share": SHARE,
                "overlap": st.floats(0, 1) | st.integers(0, 999),
                "repeats": SHARE,
                "rounds": st.fixed_dictionaries({}, optional={"golden": SHARE, "earlier": SHARE}),
                "waves": st.integers(1, 99) | st.just("auto"),
                "guidelines": TEXTS.filter(str.strip),
                "policies": st.fixed_dictionaries(
                    {},
                    optional={
                        **{key: st.sampled_from(["strip", "show"]) for key in ("tests", "docs", "scratch")},
                        "keep": st.lists(PATTERN, max_size=3, unique=True),
                        "hints": st.sampled_from(["hide", "show"]),
                        "conflict": st.sampled_from(["exclude", "golden_only", "flag"]),
                    },
                ),
                "form": st.fixed_dictionaries(
                    {},
                    optional={
                        "idle_minutes": st.floats(0, 120, exclude_min=True),
                        "reasons": CHOICES,
                        "skip_reasons": CHOICES,
                    },
                ),
                "submissions": st.lists(submission, max_size=3, unique_by=lambda row: row["name"]),
                "reviewers": st.lists(reviewer, max_size=3, unique_by=lambda row: row["id"]),
            },
        )
    )


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


def written(folder, text):
    (folder / "study.toml").write_text(text, encoding="utf-8", newline="")
    return folder


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(raw=studies(), chance=CHANCE)
def test_any_study_loads_as_it_was_written(folder, raw, chance):
    study = load_study(written(folder, Writer(chance.randrange).document(raw)))
    benchmark, policies, form = raw["benchmark"], raw.get("policies", {}), raw.get("form", {})
    assert (study.name, study.seed) == (raw["name"], raw.get("seed", 1))
    assert study.benchmark.source == benchmark["source"]
    assert study.benchmark.split == benchmark.get("split", "test")
    assert list(study.benchmark.repositories) == benchmark["repositories"]
    assert list(study.benchmark.instances) == benchmark.get("instances", [])
    assert study.golden_share == raw.get("golden_share", 0.5)
    assert study.waves == (None if raw.get("waves", "auto") == "auto" else raw["waves"])
    assert study.tests == study.policies.tests
    for key in ("tests", "docs", "scratch"):
        assert getattr(study.policies, key) == policies.get(key, "strip")
    assert list(study.policies.keep) == policies.get("keep", [])
    assert (study.hints, study.conflict) == (policies.get("hints", "hide"), policies.get("conflict", "exclude"))
    for key in ("golden", "earlier"):
        assert getattr(study.rounds, key) == raw.get("rounds", {}).get(key, 0.1)
    for key in ("unresolved_share", "overlap", "repeats"):
        assert getattr(study, key) == raw.get(key, 0)
    assert type(study.overlap) is type(raw.get("overlap", 0))
    assert study.form.idle_minutes == form.get("idle_minutes", 5.0)
    for key in ("reasons", "skip_reasons"):
        if key in form:
            chosen = [choice.model_dump() for choice in getattr(study.form, key)]
            assert chosen == [{"definition": "", **choice} for choice in form[key]]
    if "guidelines" in raw:
        assert study.guidelines == raw["guidelines"]
    elif (study.tests, study.policies.docs, study.unresolved_share) == ("strip", "strip", 0):
        assert study.guidelines == GUIDELINES
    assert [(each.name, each.path, each.model, each.released, each.agent) for each in study.submissions] == [
        (row["name"], (folder / row["path"]).resolve(), row["model"], row["released"], row.get("agent", ""))
        for row in raw.get("submissions", [])
    ]
    assert [(each.id, list(each.repositories)) for each in study.reviewers] == [
        (row["id"], row.get("repositories", [])) for row in raw.get("reviewers", [])
    ]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(raw=studies(), data=st.data(), chance=CHANCE, slip=st.text("qxz", min_size=3, max_size=6))
def test_an_unknown_key_is_found_on_its_line_wherever_it_stands(folder, raw, data, chance, slip):
    places = [
        place
        for place in everything(raw)
        if tuple(part for part in place if isinstance(part, str)) in STUDY.tables
    ]
    tables = [place for place in places if isinstance(at(raw, place), dict)]
    place = data.draw(st.sampled_from(tables))
    at(raw, place)[slip] = 1
    writer = Writer(chance.randrange)
    with pytest.raises(Problems) as caught:
        load_study(written(folder, writer.document(raw)))
    [problem] = caught.value.problems
    field = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in (*place, slip))
    assert problem.where.endswith(f"study.toml, line {writer.lines[(*place, slip)]}, {field.removeprefix('.')}")


def at(value, place):
    for part in place:
        value = value[part]
    return value


SWITCHED_ON = re.sub(r"(?m)^guidelines_file = .*$", "", re.sub(r"(?m)^#(?=\S)", "", study_text("s", "metr")))
SWITCHED_ON += '[[reviewers]]\nid = "old"\nrepositories = ["pytest-dev/pytest"]\n'


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(value=VALUES, data=st.data(), chance=CHANCE)
def test_any_value_anywhere_is_taken_or_refused_in_plain_words(folder, value, data, chance):
    raw = tomllib.loads(SWITCHED_ON)
    place = data.draw(st.sampled_from([place for place in everything(raw) if place]))
    at(raw, place[:-1])[place[-1]] = value
    text = Writer(chance.randrange).document(raw)
    error = refusal(written(folder, text))
    if error is None:
        return
    assert isinstance(error, Problems)
    for problem in error.problems:
        found = re.search(r"study\.toml, line (\d+), \S", problem.where)
        assert found
        assert 1 <= int(found[1]) <= text.count("\n") + 1
        assert not re.search(r"pydantic|Input should|_type|errors\.|\(\)", problem.what)
    assert any(place[0] in problem.where or place[0] in problem.fix for problem in error.problems)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_cut_off_or_scrambled_file_is_an_error_with_a_place(folder, data):
    text = study_text("s", "metr")
    cut = data.draw(st.integers(0, len(text)))
    other = data.draw(TEXTS)
    broken = text[:cut] + other + text[data.draw(st.integers(cut, len(text))) :]
    assume("\r" not in broken)
    error = refusal(written(folder, broken))
    assert error is None or "study.toml, line " in str(error)


def refusal(folder):
    try:
        load_study(folder)
    except MergecheckError as error:
        return error
    return None
