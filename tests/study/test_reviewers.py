"""`reviewers.toml`: who reviews, kept apart from the study file and checked together with it."""

import dataclasses
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.errors import Problems, StudyFileError
from mergecheck.records import Reviewer
from mergecheck.study import load_study

LISTED = '[[reviewers]]\nid = "old"\n'


@pytest.fixture
def load(write, minimal):
    """The reviewers of a minimal study with this reviewers.toml."""

    def _load(reviewers: str | bytes, study: str = minimal) -> tuple[Reviewer, ...]:
        return load_study(write(study, reviewers)).reviewers

    return _load


@pytest.fixture
def refused(load, minimal):
    """Line and field in reviewers.toml, what, and fix, of all that is wrong."""

    def _refused(reviewers: str, study: str = minimal) -> list[tuple[int, str, str, str]]:
        with pytest.raises(Problems) as caught:
            load(reviewers, study)
        found = []
        for problem in caught.value.problems:
            match = re.fullmatch(r".*/reviewers\.toml, line (\d+), (.+)", problem.where)
            assert match, problem.where
            found.append((int(match[1]), match[2], problem.what, problem.fix))
        return found

    return _refused


def test_everything_given(load):
    assert load(
        """
[[reviewers]]
id = "a-1"
repositories = ["x/y", "x/z"]
hours = 7
github = ["Ada", "ada-at-WORK"]
name = "Ada Lovelace"
active = false
[[reviewers]]
id = "b"
hours = 0.5
github = "BO"
[[reviewers]]
id = "c"
"""
    ) == (
        Reviewer("a-1", ("x/y", "x/z"), hours=7.0, github=("ada", "ada-at-work"), active=False),
        Reviewer("b", (), hours=0.5, github=("bo",), active=True),
        Reviewer("c", ()),
    )


def test_a_name_goes_nowhere(write, minimal):
    study = load_study(write(minimal, '[[reviewers]]\nid = "a"\nname = "Countess Lovelace"\nhours = 2\n'))
    assert "Lovelace" not in repr(dataclasses.asdict(study))
    assert isinstance(study.reviewers[0].hours, float)


@pytest.mark.parametrize("text", ["", "# nobody yet\n", "reviewers = []\n"])
def test_nobody_yet(load, text):
    assert load(text) == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("hours = 0", "cannot be 0"),
        ("hours = -3", "cannot be -3"),
        ("hours = 10000.5", "cannot be 10000.5"),
        ("hours = nan", "cannot be nan"),
        ("hours = inf", "cannot be inf"),
        ("hours = true", "takes a number, not true"),
        ('hours = "5"', 'takes a number, not "5"'),
        ("active = 1", "takes true or false, not 1"),
        ('active = "no"', 'takes true or false, not "no"'),
        ('name = ""', "must be one line of text"),
        ('name = "Ada\\nLovelace"', "must be one line of text"),
        ('name = ["Ada"]', "takes text in quotes"),
        ('github = "@ada"', "begins with @"),
        ('github = "a_b"', "is no GitHub name"),
        ('github = "-ada"', "is no GitHub name"),
        ('github = ""', "is no GitHub name"),
        ('github = "ad\u00e4"', "is no GitHub name"),
        ('github = "\u212aelvin"', "is no GitHub name"),
        ('github = "https://github.com/ada"', "is no GitHub name"),
        ("github = 5", "takes a GitHub name in quotes, or a list of them"),
        ("github = {a = 1}", "takes a GitHub name in quotes, or a list of them"),
    ],
)
def test_values_that_do_not_fit(refused, line, what):
    [(at, field, said, _)] = refused(f'[[reviewers]]\nid = "a"\n{line}\n')
    assert (at, field) == (3, f"reviewers[1].{line.split(' ')[0]}")
    assert what in said


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ('github = "@Ada"', 'write "Ada"'),
        ('github = "github.com/ada"', 'write "ada"'),
        ('github = "Ada Lovelace"', 'as in "octocat"'),
        ("hours = 20000", "takes a number of more than 0 and at most 10000"),
        ('hours = "5"', "write 5, without quotes"),
        ('active = "false"', "write false, without quotes"),
        ('active = "False"', "write false, without quotes"),
    ],
)
def test_how_to_write_it(refused, line, fix):
    [(_, _, _, said)] = refused(f'[[reviewers]]\nid = "a"\n{line}\n')
    assert fix in said


@pytest.mark.parametrize("hours", ["0.001", "1", "10_000"])
def test_hours_at_the_ends(load, hours):
    assert load(f'[[reviewers]]\nid = "a"\nhours = {hours}\n')[0].hours == float(hours)


def test_a_wrong_name_in_a_list_is_told_which(refused):
    [(at, field, what, fix)] = refused('[[reviewers]]\nid = "a"\ngithub = [\n"ada",\n"@bo",\n]\n')
    assert (at, field) == (5, "reviewers[1].github[2]")
    assert (what, fix) == ("begins with @, which is no part of a GitHub name", 'write "bo"')


def test_a_pseudonym_that_is_somebody_s_github_name_is_refused(refused):
    [(at, field, what, _)] = refused('[[reviewers]]\nid = "bo"\n\n[[reviewers]]\nid = "b"\ngithub = ["Bo"]\n')
    assert (at, field) == (2, "reviewers[1].id")
    assert what == '"bo" is a GitHub name, and a pseudonym goes into packets'


def test_all_problems_at_once_of_both_files(write):
    folder = write(
        'name = ""\n[benchmark]\nsource = "a/b"\nrepositories = ["x/y"]\n',
        """[[reviewers]]
id = "Ada"
github = "ada"

[[reviewers]]
id = "b"
github = ["bo", "ADA"]
repositories = ["x/yy"]
email = "b@example.org"

[[reviewers]]
id = "b"
github = ["cy", "Cy"]
hous = 4
""",
    )
    with pytest.raises(Problems) as caught:
        load_study(folder)
    found = [(problem.where.removeprefix(f"{folder}{os.sep}"), problem) for problem in caught.value.problems]
    assert [where for where, _ in found] == [
        "study.toml, line 1, name",
        "reviewers.toml, line 2, reviewers[1].id",
        "reviewers.toml, line 7, reviewers[2].github[2]",
        "reviewers.toml, line 8, reviewers[2].repositories[1]",
        "reviewers.toml, line 9, reviewers[2].email",
        "reviewers.toml, line 12, reviewers[3].id",
        "reviewers.toml, line 13, reviewers[3].github[2]",
        "reviewers.toml, line 14, reviewers[3].hous",
    ]
    by_place = dict(found)
    assert by_place["reviewers.toml, line 7, reviewers[2].github[2]"].what == '"ada" stands twice'
    assert "line 3 has it already" in by_place["reviewers.toml, line 7, reviewers[2].github[2]"].fix
    stranger = by_place["reviewers.toml, line 8, reviewers[2].repositories[1]"]
    assert stranger.fix == 'did you mean "x/y"? benchmark.repositories in study.toml has "x/y"'
    assert "line 6 has it already" in by_place["reviewers.toml, line 12, reviewers[3].id"].fix
    assert by_place["reviewers.toml, line 14, reviewers[3].hous"].fix == "did you mean `hours`?"
    assert not re.search(r"pydantic|Input should|valid |type=|_type|errors\.", str(caught.value))


@pytest.mark.parametrize("broken", ["study.toml", "reviewers.toml"])
def test_one_file_that_is_no_toml_does_not_hide_what_is_wrong_with_the_other(write, minimal, broken):
    texts = {"study.toml": f"sed = 3\n{minimal}", "reviewers.toml": '[[reviewers]]\nidd = "a"\n'}
    texts[broken] = "\n= 3\n"
    with pytest.raises(Problems) as caught:
        load_study(write(*texts.values()))
    wheres = [problem.where for problem in caught.value.problems]
    assert [Path(where.split(", ")[0]).name for where in wheres] == ["study.toml", "reviewers.toml"]
    [syntax] = [problem for problem in caught.value.problems if "no TOML" in problem.what]
    assert syntax.where.endswith(f"{broken}, line 2")


def test_a_syntax_error_has_its_line(load, tmp_path):
    with pytest.raises(StudyFileError) as caught:
        load('[[reviewers]]\nid = "a\n')
    assert caught.value.where == f"{tmp_path / 'reviewers.toml'}, line 2"
    with pytest.raises(StudyFileError, match="not UTF-8") as caught:
        load(b'[[reviewers]]\nname = "caf\xe9"\n')
    assert caught.value.where == f"{tmp_path / 'reviewers.toml'}, line 2"


def test_a_file_that_cannot_be_read(write, minimal, tmp_path):
    (tmp_path / "reviewers.toml").mkdir()
    with pytest.raises(StudyFileError, match="cannot be read") as caught:
        load_study(write(minimal))
    assert caught.value.where == str(tmp_path / "reviewers.toml")


def test_a_link_that_leads_nowhere_is_not_nobody(write, minimal, tmp_path):
    (tmp_path / "reviewers.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyFileError, match="cannot be read"):
        load_study(write(minimal))


@pytest.mark.parametrize(
    ("text", "field", "fix"),
    [
        ("seed = 3\n", "seed", "it belongs at the top of the file, above the first [table] of study.toml"),
        ('[[submissions]]\nname = "x"\n', "submissions", "it belongs in [[submissions]] of study.toml"),
        ('id = "a"\n', "id", "it belongs in [[reviewers]]; known at the top"),
        ('[policies]\nconflict = "flag"\n', "policies", "it belongs in [policies] of study.toml"),
    ],
)
def test_what_belongs_in_the_study_file_is_told_so(refused, text, field, fix):
    [(at, place, _, said)] = refused(text)
    assert (at, place) == (1, field)
    assert fix in said


@pytest.mark.parametrize("line", ["hours = 3", 'github = "ada"', "active = false", 'name = "Ada"'])
def test_what_only_reviewers_toml_takes_is_told_so(write, minimal, line):
    with pytest.raises(Problems) as caught:
        load_study(write(f"{minimal}{LISTED}{line}\n"))
    [problem] = caught.value.problems
    assert problem.where.endswith("study.toml, line 6, reviewers[1]." + line.split()[0])
    assert problem.fix.startswith("it belongs in [[reviewers]] of reviewers.toml")


def test_old_studies_list_their_reviewers_in_the_study_file(write, minimal):
    assert load_study(write(minimal + LISTED)).reviewers == (Reviewer("old", ()),)
    assert load_study(write(minimal + LISTED, "# none here\n")).reviewers == (Reviewer("old", ()),)


@pytest.mark.parametrize(
    "notes", ['[old]\nname = "Ada"\n', "old is Ada\n", b"old = caf\xe9\n", 'old = "see the other reviewers"\n']
)
def test_notes_of_an_old_study_are_left_alone_as_they_were(write, minimal, notes):
    assert load_study(write(minimal + LISTED, notes)).reviewers == (Reviewer("old", ()),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('# new\n[[reviewers]]\nid = "new"\n', 2),
        ('reviewers = [{id = "new"}]\n', 1),
        (' [[ "reviewers" ]]\nid = "new"\n', 1),
    ],
)
def test_reviewers_in_both_files_are_refused_with_both_places(write, minimal, tmp_path, text, line):
    with pytest.raises(Problems) as caught:
        load_study(write(minimal + LISTED, text))
    [problem] = caught.value.problems
    assert problem.where == f"{tmp_path / 'study.toml'}, line 4, reviewers"
    assert f"{tmp_path / 'reviewers.toml'}, line {line}" in problem.what
    assert problem.fix == "move these blocks to reviewers.toml, and leave none in study.toml"


def test_reviewers_in_both_files_hide_nothing_else(write, minimal):
    with pytest.raises(Problems) as caught:
        load_study(write(minimal + LISTED + LISTED, '[[reviewers]]\nid = "A"\n'))
    assert [problem.where.rsplit("/", 1)[1] for problem in caught.value.problems] == [
        "study.toml, line 4, reviewers",
        "study.toml, line 7, reviewers[2].id",
        "reviewers.toml, line 2, reviewers[1].id",
    ]


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,10}", fullmatch=True)
PEOPLE = st.lists(
    st.tuples(
        st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True),
        st.none() | st.floats(0, 10_000, exclude_min=True),
        st.lists(NAMES, max_size=3),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(people=PEOPLE)
def test_any_reviewers_load_as_written_or_stand_twice(write, minimal, people):
    text = ""
    for name, hours, github, in_quotes, active in people:
        listed = f'"{github[0]}"' if in_quotes and len(github) == 1 else str(github).replace("'", '"')
        text += f'[[reviewers]]\nid = "{name}"\ngithub = {listed}\nactive = {str(active).lower()}\n'
        text += "" if hours is None else f"hours = {hours!r}\n"
    folder = write(minimal, text)
    ids = [person[0] for person in people]
    accounts = [name.lower() for person in people for name in person[2]]
    twice = len(ids) - len(set(ids)) + len(accounts) - len(set(accounts))
    telling = sum(name in accounts for name in ids)
    if twice or telling:
        with pytest.raises(Problems) as caught:
            load_study(folder)
        said = [problem.what.endswith("stands twice") for problem in caught.value.problems]
        assert sorted(said) == [False] * telling + [True] * twice
    else:
        assert load_study(folder).reviewers == tuple(
            Reviewer(name, (), hours, tuple(each.lower() for each in github), active)
            for name, hours, github, _, active in people
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(value=st.text(max_size=12))
def test_a_github_name_is_letters_digits_and_hyphens(write, minimal, value):
    written = "".join(f"\\U{ord(letter):08X}" for letter in value)
    # Longer than any of these names: a pseudonym must not be one.
    folder = write(minimal, f'[[reviewers]]\nid = "somebody-else"\ngithub = "{written}"\n')
    if (
        value
        and value[0] != "-"
        and all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in value)
    ):
        assert load_study(folder).reviewers[0].github == (value.lower(),)
    else:
        with pytest.raises(Problems):
            load_study(folder)
