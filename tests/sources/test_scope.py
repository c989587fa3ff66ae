"""Which instances a study is about, and the human patches of those."""

from __future__ import annotations

import pytest

from mergecheck.errors import Problems, StudyFileError
from mergecheck.records import Grade, Instance
from mergecheck.sources.golden import golden_attempts
from mergecheck.sources.scope import in_scope

BENCHMARK = [
    Instance(f"o__{repo}-{n}", f"o/{repo}", "c" * 40, "issue", f"patch {n}") for repo in "ab" for n in range(2)
]


def scope(repositories=(), instances=()) -> list[str]:
    return in_scope(BENCHMARK, repositories, instances, where="study.toml")


def test_nothing_named_is_everything():
    assert scope() == [instance.id for instance in BENCHMARK]


def test_repositories_and_instances_narrow_it_down_together():
    assert scope(["o/a"]) == ["o__a-0", "o__a-1"]
    assert scope(["o/a"], ["o__a-1"]) == ["o__a-1"]


def test_what_the_benchmark_does_not_have_is_answered_with_the_nearest_all_at_once():
    with pytest.raises(Problems) as caught:
        scope(["o/aa"], ["o__b-11", "zzz"])
    said = str(caught.value)
    assert "did you mean o/a?" in said
    assert "did you mean o__b-1?" in said
    assert "zzz" in said


def test_an_empty_scope_is_refused():
    with pytest.raises(StudyFileError, match="no instance is both"):
        scope(["o/a"], ["o__b-0"])


def test_golden_rows_add_up():
    attempts, skips = golden_attempts(BENCHMARK, {"o__a-0", "o__b-1"})
    assert [(one.instance, one.patch, one.row) for one in attempts] == [
        ("o__a-0", "patch 0", 1),
        ("o__b-1", "patch 1", 4),
    ]
    assert {one.grade for one in attempts} == {Grade.RESOLVED}
    assert len(attempts) + len(skips) == len(BENCHMARK)
    assert {one.reason for one in skips} == {"out_of_scope"}
