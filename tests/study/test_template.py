import re
import tomllib
from datetime import date

import pytest

from mergecheck.packet.form import REASONS, SKIP_REASONS, Choice
from mergecheck.records import Reviewer
from mergecheck.study import PRESETS, load_study, reviewers_text, study_text
from mergecheck.study.tables import REVIEWERS, STUDY, BenchmarkTable, PoliciesTable, RoundsTable, StudyFile

EVERY = [None, *PRESETS]
TEXTS = {
    (name, preset): text
    for preset in EVERY
    for name, text in (("study.toml", study_text("x", preset)), ("reviewers.toml", reviewers_text(preset)))
}
OLD = {("reviewers",)}
"""Tables of study.toml that are read for old studies, and that no new one is taught."""


def keys_by_table(text: str) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    here: tuple[str, ...] = ()
    for line in text.splitlines():
        if header := re.fullmatch(r"#?\[+([a-z_.]+)\]+", line):
            here = tuple(header[1].split("."))
        elif key := re.match(r"#?([a-z_]+) = ", line):
            found.setdefault(here, set()).add(key[1])
    return found


@pytest.mark.parametrize("layout", [STUDY, REVIEWERS], ids=lambda layout: layout.file)
@pytest.mark.parametrize("preset", EVERY)
def test_every_key_of_every_table_is_in_the_template(layout, preset):
    documented = keys_by_table(TEXTS[layout.file, preset])
    old = OLD if layout is STUDY else set()
    assert set(documented) <= set(layout.tables) - old
    for path, model in layout.tables.items():
        if path not in old:
            plain = {key for key in model.model_fields if (*path, key) not in layout.tables}
            assert documented.get(path, set()) == plain, path


@pytest.mark.parametrize(("name", "preset"), TEXTS)
def test_every_key_is_explained_with_its_values_and_default(name, preset):
    lines = TEXTS[name, preset].splitlines()
    for number, line in enumerate(lines):
        key = re.match(r"#?([a-z_]+) = ", line)
        if not key:
            continue
        block = "\n".join(lines[:number])
        paragraph = block[block.rfind("\n\n# ") :] if "\n\n# " in block else block
        in_list = re.search(rf"(?m)^#   {key[1]} +\S", block)
        assert in_list or re.search(r"Required\.|Default: ", paragraph), line
    for required in ("Required.", "Default:"):
        assert required in "\n".join(lines)


@pytest.mark.parametrize("preset", EVERY)
def test_it_loads_as_written(write, preset):
    study = load_study(write(study_text("my study", preset), reviewers_text(preset)))
    assert study.name == "my study"
    assert study.submissions == ()
    assert study.form.reasons == REASONS


@pytest.mark.parametrize("preset", EVERY)
def test_it_loads_with_everything_switched_on(write, uncommented, preset):
    study = load_study(write(*uncommented(preset).values()))
    assert study.submissions
    assert study.reviewers[0] == Reviewer(
        "maintainer-1", ("pytest-dev/pytest",), hours=20.0, github=("ada", "ada-at-work"), active=True
    )


def test_switched_on_defaults_are_the_defaults(uncommented):
    shown = tomllib.loads(uncommented()["study.toml"])
    fresh = StudyFile.model_validate({"name": "x", "benchmark": {"source": "a/b"}})
    assert shown["waves"] == "auto"
    assert fresh.waves is None
    assert shown["seed"] == fresh.seed
    for key in ("golden_share", "unresolved_share", "overlap", "repeats"):
        assert shown[key] == getattr(fresh, key)
        assert type(shown[key]) is type(getattr(fresh, key))
    assert shown["form"]["idle_minutes"] == fresh.form.idle_minutes
    assert shown["rounds"] == RoundsTable().model_dump()
    assert {**shown["policies"], "keep": ()} == PoliciesTable().model_dump()
    for key in ("split", "clone_url"):
        assert shown["benchmark"][key] == BenchmarkTable.model_fields[key].default
    assert tuple(Choice(**reason) for reason in shown["form"]["reasons"]) == REASONS
    assert tuple(Choice(**reason) for reason in shown["form"]["skip_reasons"]) == SKIP_REASONS


def test_stated_defaults_are_the_values_below_them():
    text = study_text("x")
    stated = re.findall(r'Default: ("[^"]*"|[0-9.]+?|\[\])(?:\.\n|, )(?:.*\n)?#?([a-z_]+) = (.*)\n', text)
    by_key = {key: (default, value) for default, key, value in stated}
    shares = ("golden_share", "unresolved_share", "overlap", "repeats", "golden", "earlier")
    policies = ("tests", "docs", "scratch", "hints", "conflict")
    for key in ("seed", "waves", "split", "clone_url", "idle_minutes", *shares, *policies):
        default, value = by_key[key]
        assert default == value, key


def test_metr(write, uncommented):
    study = load_study(write(study_text("metr", "metr"), reviewers_text("metr")))
    assert study.benchmark.source == "SWE-bench/SWE-bench_Verified"
    assert study.benchmark.repositories == ("scikit-learn/scikit-learn", "sphinx-doc/sphinx", "pytest-dev/pytest")
    assert study.golden_share == 0.5
    repositories = [reviewer.repositories for reviewer in study.reviewers]
    assert repositories == [
        ("scikit-learn/scikit-learn",),
        ("scikit-learn/scikit-learn",),
        ("sphinx-doc/sphinx",),
        ("pytest-dev/pytest",),
    ]
    assert {(each.hours, each.github, each.active) for each in study.reviewers} == {(None, (), True)}
    switched_on = load_study(write(*uncommented("metr").values()))
    assert [(each.model, each.released) for each in switched_on.submissions] == [
        ("Claude 3.5 Sonnet (old)", date(2024, 6, 20)),
        ("Claude 3.7 Sonnet", date(2025, 2, 24)),
        ("Claude 4 Opus", date(2025, 5, 22)),
        ("GPT-5", date(2025, 8, 7)),
        ("Claude 4.5 Sonnet", date(2025, 9, 29)),
    ]


@pytest.mark.parametrize(
    "name", ['quo"ted', "back\\slash", "two\nlines", "del\x7f", "\udcff", " ", "", "naïve 数"]
)
def test_any_folder_name_makes_a_study_that_loads(write, name):
    assert load_study(write(study_text(name))).name.isprintable()


def test_no_line_is_too_long_for_a_terminal():
    assert max(len(line) for text in TEXTS.values() for line in text.splitlines()) <= 120
