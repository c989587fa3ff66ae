import re

import pytest

from mergecheck.errors import Problems, StudyFileError
from mergecheck.study import load_study, reviewers_text, study_text
from mergecheck.study.problems import dotted, nearest
from mergecheck.study.tables import LAYOUTS, REVIEWERS


def problems(folder):
    with pytest.raises(Problems) as caught:
        load_study(folder)
    assert all(type(problem) is StudyFileError for problem in caught.value.problems)
    return caught.value.problems


def places(found, file="study.toml"):
    """(line, field) of each problem."""
    return [
        (int(match[1]), match[2])
        for problem in found
        if (match := re.fullmatch(rf".*/{re.escape(file)}, line (\d+), (.+)", problem.where))
    ]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.file)
def test_every_misspelt_key_is_answered_with_its_nearest_spelling_and_its_line(write, uncommented, layout):
    texts = uncommented()
    lines = texts[layout.file].splitlines()
    tried = set()
    for number, line in enumerate(lines):
        key = re.match(r"([a-z_]+)( = .*)", line)
        if not key:
            continue
        slip = key[1] + key[1][-1]
        texts[layout.file] = "\n".join([*lines[:number], slip + key[2], *lines[number + 1 :]])
        found = problems(write(*texts.values()))
        [problem] = [problem for problem in found if slip in problem.what]
        assert problem.what == f"unknown key `{slip}`"
        assert problem.fix == f"did you mean `{key[1]}`?"
        [(at, field)] = places([problem], layout.file)
        assert at == number + 1
        assert field.split(".")[-1] == slip
        tried.add(key[1])
    # A new study file has no reviewers, and only one of the two ways to give guidelines.
    left_out = {"id", "guidelines_file"} if layout is not REVIEWERS else set()
    tables = {path[-1] for path in layout.tables if path}
    assert tried == {key for model in layout.tables.values() for key in model.model_fields} - tables - left_out


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.file)
def test_every_misspelt_table_is_answered_with_its_nearest_spelling_and_its_line(write, uncommented, layout):
    texts = uncommented("metr")
    lines = texts[layout.file].splitlines()
    tried = set()
    for number, line in enumerate(lines):
        header = re.fullmatch(r"(\[+)([a-z_.]+)(\]+)", line)
        if not header or header[2] in tried:
            continue
        slip = header[2][:-1]
        wrong = f"{header[1]}{slip}{header[3]}"
        texts[layout.file] = "\n".join([*lines[:number], wrong, *lines[number + 1 :]])
        found = problems(write(*texts.values()))
        leaf = slip.split(".")[-1]
        [problem] = [problem for problem in found if problem.what.startswith("unknown")]
        assert problem.what == f"unknown table `{leaf}`"
        assert problem.fix == f"did you mean `{header[2].split('.')[-1]}`?"
        assert places([problem], layout.file) == [(number + 1, slip)]
        tried.add(header[2])
    left_out = {"reviewers"} if layout is not REVIEWERS else set()
    assert tried == {".".join(path) for path in layout.tables if path} - left_out


@pytest.mark.parametrize("slip", ["guidelines_fil", "guideline_file", "guidlines_file", "GUIDELINES_FILE"])
def test_other_slips(write, minimal, slip):
    [problem] = problems(write(f'{slip} = "a"\n{minimal}'))
    assert problem.fix == "did you mean `guidelines_file`?"


def test_a_misspelt_required_key_is_one_problem(write, minimal):
    [problem] = problems(write(minimal.replace("name", "nmae")))
    assert problem.fix == "did you mean `name`?"
    [problem] = problems(write(minimal.replace("[benchmark]", "[benchmarks]")))
    assert problem.fix == "did you mean `benchmark`?"


@pytest.mark.parametrize(
    ("text", "field", "fix"),
    [
        ("[policies]\nseed = 3", "policies.seed", "it belongs at the top of the file, above the first [table]"),
        ('[form]\ntests = "show"', "form.tests", "it belongs in [policies]"),
        ('[[reasons]]\nkey = "a"', "reasons", "it belongs in [[form.reasons]]"),
        ("[form]\nzzz = 1", "form.zzz", "known in [form]: reasons, skip_reasons, idle_minutes"),
        ('["odd one"]\nx = 1', '"odd one"', "known at the top"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_the_right_one(write, minimal, text, field, fix):
    [problem] = problems(write(minimal + text))
    assert places([problem])[0][1] == field
    assert fix in problem.fix


def test_all_problems_at_once_in_the_order_of_the_file(write):
    folder = write(
        """# a study with everything wrong
golden_share = 1.5
waves = "atuo"
seed = "3"
guidelines = "a"
guidelines_file = "study.toml"

[benchmark]
source = ""
repositories = [
    "pytest-dev/pytest",   # fine
    "https://github.com/psf/requests.git",

    "pytest-dev/pytest",
]

[policies]
tests = "shw"

[form]
idle_minutes = 0
reasons = []

[[submissions]]
name = "golden"
path = "a"
model = "M"
released = "soon"

[[submissions]]
name = "b"
path = "b"
model = "M"
released = 2024-06-20T10:00:00

[[submissions]]
name = "b"
model = 5
released = 2024-06-20
agent = "x"
temperature = 0.5

[[reviewers]]
id = "Ada L."
repositories = ["pytest-dev/pytests"]

[[reviewers]]
id = "r"

[[reviewers]]
id = "r"
"""
    )
    found = problems(folder)
    assert places(found) == [
        (1, "name"),
        (2, "golden_share"),
        (3, "waves"),
        (4, "seed"),
        (6, "guidelines_file"),
        (9, "benchmark.source"),
        (12, "benchmark.repositories[2]"),
        (14, "benchmark.repositories[3]"),
        (18, "policies.tests"),
        (21, "form.idle_minutes"),
        (22, "form.reasons"),
        (25, "submissions[1].name"),
        (28, "submissions[1].released"),
        (34, "submissions[2].released"),
        (36, "submissions[3].path"),
        (37, "submissions[3].name"),
        (38, "submissions[3].model"),
        (41, "submissions[3].temperature"),
        (44, "reviewers[1].id"),
        (45, "reviewers[1].repositories[1]"),
        (51, "reviewers[3].id"),
    ]
    by_field = {field: problem for (_, field), problem in zip(places(found), found, strict=True)}
    assert "more than 0 and at most 1" in by_field["golden_share"].fix
    assert 'did you mean "auto"?' in by_field["waves"].what
    assert by_field["seed"].fix == "write 3, without quotes"
    assert '"psf/requests"' in by_field["benchmark.repositories[2]"].fix
    assert "line 11 has it already" in by_field["benchmark.repositories[3]"].fix
    assert 'did you mean "show"?' in by_field["policies.tests"].fix
    assert "reserved" in by_field["submissions[1].name"].what
    assert "a date" in by_field["submissions[1].released"].what
    assert by_field["submissions[3].path"].what == "`path` is missing"
    assert "line 31 has it already" in by_field["submissions[3].name"].fix
    assert 'did you mean "pytest-dev/pytest"?' in by_field["reviewers[1].repositories[1]"].fix
    assert "line 48 has it already" in by_field["reviewers[3].id"].fix
    shown = str(Problems(found))
    assert shown.count("study.toml, line ") == len(found)
    assert not re.search(r"pydantic|Input should|valid |type=|_type|errors\.", shown)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("golden_share = 0", "golden_share"),
        ("golden_share = -0.1", "golden_share"),
        ("golden_share = nan", "golden_share"),
        ("golden_share = inf", "golden_share"),
        ("golden_share = true", "golden_share"),
        ("unresolved_share = -0.1", "unresolved_share"),
        ("unresolved_share = 1.01", "unresolved_share"),
        ("unresolved_share = nan", "unresolved_share"),
        ("repeats = 2", "repeats"),
        ("repeats = true", "repeats"),
        ("overlap = -1", "overlap"),
        ("overlap = -0.5", "overlap"),
        ("overlap = 1.5", "overlap"),
        ("overlap = nan", "overlap"),
        ("overlap = inf", "overlap"),
        ("overlap = true", "overlap"),
        ('overlap = "all"', "overlap"),
        ("rounds.golden = -1", "rounds.golden"),
        ("rounds.golden = 1.5", "rounds.golden"),
        ("rounds.earlier = nan", "rounds.earlier"),
        ('rounds.earlier = "0.1"', "rounds.earlier"),
        ('policies.docs = "hide"', "policies.docs"),
        ("policies.scratch = true", "policies.scratch"),
        ('policies.hints = "strip"', "policies.hints"),
        ('policies.conflict = "ignore"', "policies.conflict"),
        ('policies.keep = "tools/x.py"', "policies.keep"),
        ('policies.keep = ["/tools/x.py"]', "policies.keep[1]"),
        ('policies.keep = ["a", ""]', "policies.keep[2]"),
        ('policies.keep = ["a", "../b"]', "policies.keep[2]"),
        ("policies.keep = ['a\\b']", "policies.keep[1]"),
        ('policies.keep = ["a", "b", "a"]', "policies.keep[3]"),
        ("seed = -1", "seed"),
        ("seed = true", "seed"),
        ("seed = 1.0", "seed"),
        ("seed = 9223372036854775808", "seed"),
        ("waves = 0", "waves"),
        ("waves = true", "waves"),
        ("waves = 2.0", "waves"),
        ('guidelines = " "', "guidelines"),
        ('guidelines_file = "a\\u0000b"', "guidelines_file"),
    ],
)
def test_values_out_of_range(write, minimal, line, field):
    assert places(problems(write(line + "\n" + minimal))) == [(1, field)]


@pytest.mark.parametrize("value", ["0", "-1", "true", "2.0", '"2"', "[]"])
def test_waves_say_what_they_take(write, minimal, value):
    [problem] = problems(write(f"waves = {value}\n{minimal}"))
    assert 'must be "auto" or a whole number of at least 1' in problem.what


def test_how_much_overlap_is_meant_is_said(write, minimal):
    [problem] = problems(write(f"overlap = 20.0\n{minimal}"))
    assert "from 0.0 to 1.0 with a point, or a whole number" in problem.what
    assert problem.fix == "write 20 for that many candidates"


def test_a_number_out_of_range_is_told_both_ends(write, minimal):
    [problem] = problems(write(f"{minimal}[rounds]\ngolden = 10\n"))
    assert problem.fix == "takes a number of at least 0 and at most 1"
    [problem] = problems(write(f'{minimal}[policies]\nconflict = "flagg"\n'))
    assert problem.fix == 'did you mean "flag"? takes "exclude" or "golden_only" or "flag"'


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_seeds_at_the_ends(write, minimal, seed):
    assert load_study(write(f"seed = {seed}\n{minimal}")).seed == seed


@pytest.mark.parametrize(
    "name",
    ["pytest", "a/b/c", "a/..", "../a", "a/", "/a", "a b/c", "-a/b", "a/b.git", "a/b\\n", "git@github.com:a/b"],
)
def test_bad_repositories(write, minimal, name):
    [problem] = problems(write(minimal + f'repositories = ["{name}"]\n'))
    assert places([problem]) == [(4, "benchmark.repositories[1]")]


@pytest.mark.parametrize("name", ["a/b", "a/.github", "A-1/b_c.d", "1/2", "a/..b"])
def test_good_repositories(write, minimal, name):
    assert load_study(write(minimal + f'repositories = ["{name}"]\n')).benchmark.repositories == (name,)


@pytest.mark.parametrize("name", ["", "A", "-a", "a_b", "a b", "ä", "a\\n"])
def test_bad_pseudonyms(write, minimal, name):
    found = problems(write(minimal + f'[[reviewers]]\nid = "{name}"\n'))
    assert places(found) == [(5, "reviewers[1].id")]


@pytest.mark.parametrize(
    "url", ["https://x/y.git", "https://x/{repo}/{y}", "--upload-pack={repo}", "{}{repo}", ""]
)
def test_bad_clone_addresses(write, minimal, url):
    assert places(problems(write(minimal + f'clone_url = "{url}"\n'))) == [(4, "benchmark.clone_url")]


@pytest.mark.parametrize("name", ["golden", "Golden", "GOLDEN", "gold", "Gold"])
def test_golden_is_reserved(write, minimal, name):
    block = f'[[submissions]]\nname = "{name}"\npath = "p"\nmodel = "m"\nreleased = 2025-01-01\n'
    [problem] = problems(write(minimal + block))
    assert "reserved" in problem.what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[reviewers]\nid = "a"\n', "[[reviewers]]"),
        ('[[policies]]\ntests = "show"\n', "[policies] once"),
        ("submissions = 3\n", "[[submissions]]"),
        ("reviewers = [1]\n", "takes a table, not 1"),
    ],
)
def test_brackets(write, minimal, text, words):
    top = text if not text.startswith("[") else ""
    [problem] = problems(write(top + minimal + ("" if top else text)))
    assert words in str(problem)


def test_reasons_twice(write, minimal):
    block = '[[form.reasons]]\nkey = "a"\ntitle = "A"\n'
    found = problems(write(minimal + block + block))
    assert places(found) == [(8, "form.reasons[2].key")]


def test_a_reviewer_may_know_any_repository_where_the_study_names_none(write, minimal):
    study = load_study(write(minimal + '[[reviewers]]\nid = "a"\nrepositories = ["x/y"]\n'))
    assert study.reviewers[0].repositories == ("x/y",)


def test_an_empty_file_says_what_is_missing(write):
    assert places(problems(write(""))) == [(1, "name"), (1, "benchmark")]


def test_a_place_counts_rows_from_one():
    assert dotted(("submissions", 0, "released")) == "submissions[1].released"
    assert dotted(("benchmark", "a b", 2)) == 'benchmark."a b"[3]'


def test_nearest_ignores_capitals_and_knows_when_nothing_is_near():
    assert nearest("Golden_Shares", ["seed", "golden_share"]) == "golden_share"
    assert nearest("django/djang", ["DJANGO/Django"]) == "DJANGO/Django"
    assert nearest("zzz", ["seed", "golden_share"]) is None


def test_the_template_of_this_version_has_no_problem(write):
    assert load_study(write(study_text("x", "metr"), reviewers_text("metr")))
