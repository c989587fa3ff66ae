"""The attempts are what submissions.toml says of them, and their grades are what running the tests gives."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

RESOLVED = {"right", "ugly", "hollow"}


@pytest.fixture(scope="session")
def qualities(plan):
    """By submission and instance id."""
    ids = {issue.slug: issue.id for issue in plan.issues}
    return {
        submission.name: {ids[slug]: kind for slug, (kind, _) in submission.qualities.items()}
        for submission in plan.submissions
    }


def test_all_attempts_are_described(qualities, rows):
    for kinds in qualities.values():
        assert set(kinds) == set(rows)
        assert set(kinds.values()) <= RESOLVED | {"failing", "unappliable", "empty"}


def test_grades_agree_with_what_the_attempts_were_written_to_be(qualities, natives):
    for submission, kinds in qualities.items():
        for instance, kind in kinds.items():
            native = natives[submission][instance]
            applied = native.report is not None and native.report["patch_successfully_applied"]
            resolved = native.report is not None and native.report["resolved"]
            assert resolved == (kind in RESOLVED), (submission, instance)
            assert (not native.patch) == (kind == "empty"), (submission, instance)
            if kind != "empty":
                assert applied == (kind != "unappliable"), (submission, instance)


def test_each_submission_is_better_than_the_one_before(natives):
    resolved = [
        sum(bool(native.report and native.report["resolved"]) for native in those.values())
        for those in natives.values()
    ]
    assert resolved == sorted(set(resolved))
    assert resolved[0] >= 6
    assert resolved[-1] < 12


def test_there_is_some_of_everything(qualities, natives):
    kinds = Counter(kind for those in qualities.values() for kind in those.values())
    assert set(kinds) == RESOLVED | {"failing", "unappliable", "empty"}
    patches = [native.patch for those in natives.values() for native in those.values()]
    assert any(patch and not patch.endswith("\n") for patch in patches)
    assert any("+++ b/tests/" in patch for patch in patches)
    assert any("+++ b/reproduce.py" in patch for patch in patches)


def test_failing_and_resolved_reports_say_which_tests(natives, rows):
    for those in natives.values():
        for instance, native in those.items():
            if native.report and native.report["patch_successfully_applied"]:
                for key, status in native.report["tests_status"].items():
                    named = json.loads(rows[instance].get(key, "[]"))
                    assert sorted(status["success"] + status["failure"]) == sorted(named)
                failed = [test for status in native.report["tests_status"].values() for test in status["failure"]]
                assert native.report["resolved"] == (not failed)


@pytest.mark.parametrize(
    ("submission", "instance"),
    [
        ("2024-brook", "harbour__tidemark-12"),
        ("2024-brook", "harbour__tidemark-34"),
        ("2025-otter", "harbour__tidemark-14"),
        ("2025-otter", "harbour__tidemark-30"),
        ("2026-heron", "harbour__tidemark-23"),
        ("2026-heron", "harbour__tidemark-41"),
    ],
)
def test_running_it_again_gives_the_same(submission, instance, natives, rows, git, checkout, all_pass):
    native, row = natives[submission][instance], rows[instance]
    patch = native.patch if native.patch.endswith("\n") else f"{native.patch}\n"
    tree = checkout(row["base_commit"], patch)
    fixed = checkout(row["base_commit"], row["test_patch"])
    for name in re.findall(r"^\+\+\+ b/(.+)$", row["test_patch"], re.MULTILINE):
        (tree / name).write_bytes((fixed / name).read_bytes())
    for tests in native.report["tests_status"].values():
        assert not tests["success"] or all_pass(tree, tests["success"])
        assert not any(all_pass(tree, [test]) for test in tests["failure"])


def texts(tree: Path) -> dict[str, bytes]:
    return {str(file.relative_to(tree)): file.read_bytes() for file in tree.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("submission", "instance"),
    [
        ("2025-otter", "harbour__tidemark-26"),
        ("2026-heron", "harbour__tidemark-9"),
        ("2026-heron", "harbour__tidemark-14"),
    ],
)
def test_same_as_golden(submission, instance, natives, rows, checkout):
    row = rows[instance]
    ours = checkout(row["base_commit"], natives[submission][instance].patch)
    assert texts(ours) == texts(checkout(row["base_commit"], row["patch"]))


def test_same_as_each_other_in_content_and_not_in_bytes(natives, rows, checkout):
    instance = "harbour__tidemark-9"
    brook, otter = (natives[name][instance].patch for name in ("2024-brook", "2025-otter"))
    assert brook != otter
    base = rows[instance]["base_commit"]
    assert texts(checkout(base, brook)) == texts(checkout(base, otter))
    assert texts(checkout(base, brook)) != texts(checkout(base, rows[instance]["patch"]))


def test_the_unappliable_one_is_a_whole_diff_of_another_file(natives, rows, checkout):
    row = rows["harbour__tidemark-38"]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        checkout(row["base_commit"], natives["2024-brook"]["harbour__tidemark-38"].patch)
    assert b"patch does not apply" in refused.value.stderr


HOLLOW = [
    (
        "harbour__tidemark-7",
        "from tidemark import parse_length; print(round(parse_length('-1ft 6in'), 4))",
        "-0.4572",
    ),
    (
        "harbour__tidemark-34",
        "from datetime import datetime as d; from tidemark import *;"
        "print(len(windows_above(Curve([Turn(d(2024, 3, 1), 5.0), Turn(d(2024, 3, 2), 4.0)]), 3.0)))",
        "1",
    ),
]


@pytest.mark.parametrize(("instance", "code", "right"), HOLLOW)
def test_what_is_hollow_fails_where_the_tests_do_not_look(
    instance, code, right, natives, qualities, rows, checkout
):
    def said(patch: str) -> str:
        tree = checkout(rows[instance]["base_commit"], patch)
        return subprocess.run(
            [sys.executable, "-B", "-c", code], cwd=tree, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert qualities["2024-brook"][instance] == "hollow"
    assert said(natives["2024-brook"][instance].patch) != right
    assert said(natives["2026-heron"][instance].patch) == right
    assert said(rows[instance]["patch"]) == right


def test_all_that_is_hollow_is_shown_to_be(qualities):
    hollow = {instance for kinds in qualities.values() for instance, kind in kinds.items() if kind == "hollow"}
    assert hollow == {instance for instance, _, _ in HOLLOW}
