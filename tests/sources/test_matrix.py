"""Grades without patches: a CSV matrix, a column a submission."""

import csv
from datetime import date

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Grade, Instance
from mergecheck.sources.matrix import read_matrix
from mergecheck.sources.run import read_run
from mergecheck.study.config import SubmissionConfig


@pytest.fixture
def read(tmp_path, benchmark_ids):
    def reading(text, column=None, scope=None):
        path = tmp_path / "grades.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_matrix("run", path, column, benchmark_ids, benchmark_ids if scope is None else scope)

    return reading


def table(*lines):
    return "\n".join(lines) + "\n"


def test_a_column_is_a_submission_with_grades_and_no_patches(read, benchmark_ids):
    a, b, c, d = benchmark_ids[:4]
    run = read(table("id,one,two", f"{a},1.0,0", f"{b},,1", f"{c},error,1", f"{d},FALSE,empty"), "one")
    assert [(one.instance, one.grade.value, one.row) for one in run.attempts] == [
        (a, "resolved", 2),
        (c, "error", 4),
        (d, "unresolved", 5),
    ]
    assert {one.patch for one in run.attempts} == {""}
    assert {one.grade_source for one in run.attempts} == {"grades.csv"}
    assert run.not_mentioned == (b, *benchmark_ids[4:])
    assert run.rows_read == 3


def test_the_instances_may_stand_in_any_column_that_is_named_for_them(read, benchmark_ids):
    run = read(table("one,instance_id", f"1,{benchmark_ids[0]}"))
    assert [one.instance for one in run.attempts] == benchmark_ids[:1]


def test_rows_add_up_to_attempts_and_skips(read, benchmark_ids):
    a, b = benchmark_ids[:2]
    run = read(table("id,one", f"{a},1", f"{a},1", f"{b},0", "elsewhere,1"), scope=[a])
    assert [(skip.row, skip.reason) for skip in run.skips] == [
        (3, "duplicate"),
        (4, "out_of_scope"),
        (5, "not_in_benchmark"),
    ]
    assert run.rows_read == 4 == len(run.attempts) + len(run.skips)


@pytest.mark.parametrize(
    ("text", "column", "where", "what", "fix"),
    [
        ("id,alpha,beta\n", None, "grades.csv", "a column for each submission", "alpha, beta"),
        ("id,alpha,beta\n", "alhpa", "grades.csv", "no column alhpa", 'did you mean "alpha"?'),
        ("id,a,a\n", "a", "grades.csv", "stands twice", "rename"),
        ("", "a", "grades.csv", "no column a", "there are none"),
        ("id,a\nx,maybe\n", "a", "grades.csv, line 2", "'maybe' is no grade (a)", "1 for resolved"),
        ("id,a\nx\n", "a", "grades.csv, line 2", "this line has 1 cells", ""),
        ('id,a\n"x,1\n', "a", "grades.csv, line 2", "this is no CSV", ""),
    ],
)
def test_what_is_wrong_with_a_matrix_is_named(read, text, column, where, what, fix):
    with pytest.raises(SourceError) as raised:
        read(text, column)
    assert raised.value.where == where
    assert what in raised.value.what
    assert fix in raised.value.fix


def test_an_instance_that_is_graded_in_two_ways_is_refused(read, benchmark_ids):
    with pytest.raises(SourceError, match="is resolved in line 2 and unresolved here"):
        read(table("id,one", f"{benchmark_ids[0]},1", f"{benchmark_ids[0]},0"))


def test_many_problems_come_together(read):
    with pytest.raises(Problems) as raised:
        read(table("id,one", *(f"x{n},?" for n in range(30))))
    assert len(raised.value.problems) == 21


@pytest.fixture
def run_of(tmp_path, benchmark_ids):
    def reading(text, **more):
        path = tmp_path / more.pop("name", "grades.csv")
        path.write_text(text)
        instances = [Instance(one, "owner/repo", "c" * 40, "issue", "golden") for one in benchmark_ids]
        config = SubmissionConfig("run", path, "M", date(2025, 1, 1), "", **more)
        return read_run(config, instances, "b", benchmark_ids)

    return reading


def test_every_attempt_of_a_matrix_is_without_patch_and_the_blanks_are_excluded(run_of, benchmark_ids):
    run = run_of(table("id,one,two", f"{benchmark_ids[0]},1,0"), column="two")
    assert run.without_patch == (benchmark_ids[0],)
    assert run.not_mentioned == tuple(benchmark_ids[1:])


def test_a_column_of_anything_else_is_refused(run_of):
    with pytest.raises(Problems) as raised:
        run_of("[]", name="preds.json", column="two")
    assert "only a CSV matrix" in str(raised.value)


def test_the_real_matrix(shared, tmp_path):
    path = shared / "grades/resolved_16_models_x_500.csv"
    with path.open(newline="") as file:
        header, *lines = csv.reader(file)
    ids = [line[0] for line in lines]
    assert len(ids) == 500
    assert len(header) == 17
    for place, column in enumerate(header[1:], 1):
        run = read_matrix("run", path, column, ids, ids)
        written = [line[place] for line in lines]
        assert len(run.not_mentioned) == written.count("")
        assert run.grades[Grade.RESOLVED] == written.count("1.0")
        assert run.grades[Grade.UNRESOLVED] == written.count("0.0")
