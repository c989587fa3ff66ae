from datetime import date
from pathlib import Path

import pytest

from mergecheck.errors import Problems, StudyFileError
from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.records import Policies, Reviewer
from mergecheck.study import RoundsConfig, load_study, require_submissions

SUBMISSION = '[[submissions]]\nname = "s"\npath = "runs/s"\nmodel = "M"\nreleased = 2025-01-02\n'


def test_defaults(write, minimal):
    folder = write(minimal)
    study = load_study(folder)
    assert (study.folder, study.name, study.seed) == (folder.resolve(), "a study", 1)
    assert (study.benchmark.source, study.benchmark.split) == ("SWE-bench/SWE-bench_Verified", "test")
    assert (study.benchmark.repositories, study.benchmark.instances) == ((), ())
    assert (study.submissions, study.reviewers) == ((), ())
    assert (study.golden_share, study.tests, study.waves) == (0.5, "strip", None)
    assert (study.unresolved_share, study.overlap, study.repeats) == (0.0, 0, 0.0)
    assert isinstance(study.overlap, int)
    assert study.rounds == RoundsConfig(golden=0.1, earlier=0.1)
    assert study.policies == Policies(tests="strip", docs="strip", scratch="strip", keep=())
    assert (study.conflict, study.hints) == ("exclude", "hide")
    assert (study.form, study.guidelines) == (Form(), GUIDELINES)
    assert study.clone_url == "https://github.com/{repo}.git"
    assert study.database == study.folder / "study.db"
    assert study.key_file == study.folder / "seal.key"
    assert study.file == study.folder / "study.toml"
    assert study.reviewers_file == study.folder / "reviewers.toml"
    assert [study.packets, study.answers, study.report] == [
        study.folder / name for name in ("packets", "answers", "report")
    ]


def test_everything_given(write):
    study = load_study(
        write(
            """
name = "s"
seed = 7
golden_share = 1
unresolved_share = 1
overlap = 0.25
repeats = 0.05
waves = 4
guidelines = "Look well."
[benchmark]
source = "./rows.jsonl"
split = "dev"
repositories = ["a/b", "c/d.e"]
instances = ["a__b-1"]
clone_url = "../mirrors/{repo}.git"
[policies]
tests = "show"
docs = "show"
scratch = "show"
keep = ["tools/*.py", "repro.py"]
hints = "show"
conflict = "golden_only"
[rounds]
golden = 0
earlier = 0.5
[form]
idle_minutes = 3
[[form.reasons]]
key = "no"
title = "No"
[[submissions]]
name = "one"
path = "../runs/one"
model = "M 1"
released = "2024-02-29"
agent = "A"
[[reviewers]]
id = "r-1"
repositories = ["c/d.e"]
[[reviewers]]
id = "2"
"""
        )
    )
    base = study.folder
    assert (study.seed, study.golden_share, study.waves, study.guidelines) == (7, 1.0, 4, "Look well.")
    assert isinstance(study.golden_share, float)
    assert study.benchmark.source == str(base / "rows.jsonl")
    assert study.clone_url == str(base.parent / "mirrors" / "{repo}.git")
    assert study.tests == "show"
    assert study.policies == Policies(tests="show", docs="show", scratch="show", keep=("tools/*.py", "repro.py"))
    assert (study.conflict, study.hints) == ("golden_only", "show")
    assert study.rounds == RoundsConfig(golden=0.0, earlier=0.5)
    assert (study.unresolved_share, study.overlap, study.repeats) == (1.0, 0.25, 0.05)
    for share in (study.unresolved_share, study.overlap, study.repeats, study.rounds.golden):
        assert isinstance(share, float)
    assert study.form.idle_minutes == 3
    assert [(reason.key, reason.title, reason.definition) for reason in study.form.reasons] == [("no", "No", "")]
    [one] = study.submissions
    assert (one.name, one.path, one.model) == ("one", base.parent / "runs" / "one", "M 1")
    assert (one.released, one.agent) == (date(2024, 2, 29), "A")
    assert study.reviewers == (Reviewer("r-1", ("c/d.e",)), Reviewer("2", ()))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SWE-bench/SWE-bench_Verified", "SWE-bench/SWE-bench_Verified"),
        ("squad", "squad"),
        ("here", "{folder}/here"),
        ("deep/here", "{folder}/deep/here"),
        ("./nowhere", "{folder}/nowhere"),
        ("../nowhere", "{parent}/nowhere"),
        ("/no/where", "/no/where"),
        ("one/two/three", "{folder}/one/two/three"),
        ("rows.parquet", "{folder}/rows.parquet"),
    ],
)
def test_a_source_is_a_path_where_it_exists_or_looks_like_one(write, minimal, source, expected):
    folder = write(minimal.replace("SWE-bench/SWE-bench_Verified", source)).resolve()
    (folder / "here").mkdir()
    (folder / "deep" / "here").mkdir(parents=True)
    assert load_study(folder).benchmark.source == expected.format(folder=folder, parent=folder.parent)


def test_home_is_meant_by_a_tilde(write, minimal, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    study = load_study(write(minimal.replace("SWE-bench/SWE", "~/SWE")))
    assert study.benchmark.source == str((tmp_path / "home").resolve() / "SWE-bench_Verified")


def test_guidelines_from_a_file(write, minimal):
    folder = write('guidelines_file = "g.md"\n' + minimal)
    (folder / "g.md").write_text("\ufeffBe kind.\n", encoding="utf-8")
    assert load_study(folder).guidelines == "Be kind.\n"


@pytest.mark.parametrize(
    ("content", "what"), [(None, "cannot be read"), (b"\xff\xfe", "not UTF-8"), (b" \n", "is empty")]
)
def test_a_bad_guidelines_file(write, minimal, content, what):
    folder = write('guidelines_file = "g.md"\n' + minimal)
    if content is not None:
        (folder / "g.md").write_bytes(content)
    with pytest.raises(Problems) as caught:
        load_study(folder)
    [problem] = caught.value.problems
    assert what in problem.what
    assert problem.where == f"{folder / 'study.toml'}, line 1, guidelines_file"


@pytest.mark.parametrize(("value", "kind"), [("1", int), ("1.0", float), ("0.0", float), ("300", int)])
def test_an_overlap_of_one_is_one_candidate_and_of_1_0_is_all(write, minimal, value, kind):
    overlap = load_study(write(f"overlap = {value}\n{minimal}")).overlap
    assert type(overlap) is kind
    assert overlap == float(value)


def test_default_guidelines_say_what_the_policies_do(write, minimal):
    texts = {
        (tests, docs): load_study(
            write(f'{minimal}[policies]\ntests = "{tests}"\ndocs = "{docs}"\n')
        ).guidelines.splitlines()
        for tests in ("strip", "show")
        for docs in ("strip", "show")
    }
    assert "\n".join(texts["strip", "strip"]) + "\n" == GUIDELINES
    left_out = {policies: [line for line in text if "left out" in line] for policies, text in texts.items()}
    assert left_out["strip", "strip"][0].startswith("- Tests, documentation and change-log entries are left out")
    assert left_out["strip", "show"][0].startswith("- Tests are left out")
    assert left_out["show", "strip"][0].startswith(
        "- Documentation and change-log entries are left out, tests are"
    )
    assert left_out["show", "show"] == []
    for text in texts.values():
        assert len(text) == len(GUIDELINES.splitlines())
        assert sum("Do not ask for" in line for line in text) == 1
        # All but one line says the same whatever the policies are.
        assert len(set(text) ^ set(GUIDELINES.splitlines())) in (0, 2)


def test_default_guidelines_do_not_say_that_all_passed_where_some_were_refused(write, minimal):
    all_passed = load_study(write(minimal)).guidelines
    nearly = load_study(write(f"unresolved_share = 0.01\n{minimal}")).guidelines
    assert "Every change has passed" in all_passed
    assert "Every change has passed" not in nearly
    assert "Nearly every change has passed" in nearly
    assert "a few have not" in nearly
    assert len(nearly.splitlines()) == len(all_passed.splitlines())


def test_byte_order_mark_and_windows_line_ends(write, minimal):
    text = minimal + "\nnonsense = 1\n"
    folder = write(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    with pytest.raises(Problems) as caught:
        load_study(folder)
    assert [problem.where.split(", ")[1] for problem in caught.value.problems] == ["line 5"]


def test_latin_1_is_named_with_its_line(write):
    folder = write('name = "x"\n# café\n'.encode("latin-1"))
    with pytest.raises(StudyFileError, match="not UTF-8") as caught:
        load_study(folder)
    assert caught.value.where == f"{folder / 'study.toml'}, line 2"


@pytest.mark.parametrize("place", [".", "absent", "file"])
def test_a_missing_study_says_how_to_begin_one(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(StudyFileError) as caught:
        load_study(tmp_path / place)
    assert "no study.toml" in caught.value.what
    assert f"mergecheck init {tmp_path / place}" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('name = "x\nseed = 1', 1, "last quote"),
        ('\nname = """x\n\n', 2, "last quote"),
        ("a = 1\n\nb = [1,\n", 3, "brackets must close"),
        ("[benchmark]\nsplit = 'x'\n\n[benchmark]\n", 4, "[benchmark] stands twice"),
        ("a = 1\na = 2\n", 2, "a key stands twice"),
        ("a = {b = 1, b = 2}\n", 1, "a key stands twice"),
        ("# x\nname\n", 2, "a key without ="),
        ("name = study\n", 1, "texts need quotes"),
        ("[benchmark\nsource = 'x'\n", 1, "not closed"),
        ("name = 'x' seed = 1\n", 1, "more follows"),
        ('path = "C:\\x"\n', 1, "backslash"),
        ('path = "C:\\quux"\n', 1, "backslash"),
        ("é = 1\n", 1, "neither a key"),
    ],
)
def test_a_syntax_error_has_its_line(write, text, line, words):
    folder = write(text)
    with pytest.raises(StudyFileError) as caught:
        load_study(folder)
    assert caught.value.where == f"{folder / 'study.toml'}, line {line}"
    assert words in caught.value.what
    assert "column" not in str(caught.value)


def test_submissions_are_required_only_where_asked(write, minimal):
    study = load_study(write(minimal))
    with pytest.raises(StudyFileError, match="no submissions yet") as caught:
        require_submissions(study)
    assert caught.value.where == str(study.file)


def test_required_submissions_lie_where_they_say(write, minimal):
    folder = write(minimal + SUBMISSION + SUBMISSION.replace('"s"', '"t"').replace("runs/s", "runs/t"))
    study = load_study(folder)
    with pytest.raises(Problems) as caught:
        require_submissions(study)
    assert [problem.where for problem in caught.value.problems] == [
        f"{study.file}, line 6, submissions[1].path",
        f"{study.file}, line 11, submissions[2].path",
    ]
    for name in ("s", "t"):
        (folder / "runs" / name).mkdir(parents=True)
    assert require_submissions(study) == study.submissions


def test_relative_paths_do_not_follow_the_working_folder(write, minimal, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path.parent)
    write(minimal + SUBMISSION)
    study = load_study(Path(tmp_path.name))
    monkeypatch.chdir("/")
    assert study.database == tmp_path.resolve() / "study.db"
    assert study.submissions[0].path == tmp_path.resolve() / "runs" / "s"


def test_an_address_is_no_path(write, minimal):
    address = "https://github.com/SWE-bench/experiments#evaluation/verified/x"
    study = load_study(write(minimal + SUBMISSION.replace("runs/s", address)))
    assert study.submissions[0].url == address
    assert require_submissions(study) == study.submissions


def test_object_storage_is_answered_with_the_command_that_fetches_it(write, minimal):
    study = load_study(write(minimal + SUBMISSION.replace("runs/s", "s3://bucket/x/logs")))
    with pytest.raises(Problems) as caught:
        require_submissions(study)
    (problem,) = caught.value.problems
    assert "aws s3 cp --recursive s3://bucket/x/logs FOLDER" in problem.fix
    assert problem.where.endswith("line 6, submissions[1].path")
