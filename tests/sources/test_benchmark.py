"""Benchmarks through the real `datasets` library, and JSON files directly."""

import codecs
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Instance
from mergecheck.sources.benchmark import load_benchmark


def made_up(n, **more):
    return {
        "instance_id": f"owner__repo-{n}",
        "repo": "owner/repo",
        "base_commit": f"{n:040x}",
        "patch": f"--- a/m\r\n+++ b/m\n{n}\n",
        "problem_statement": f"Issue {n}\r\n\u2028é",
        "not_needed": {"n": n},
    } | more


@pytest.fixture
def save(tmp_path):
    """Write rows as a benchmark; the name says in which way."""

    def saving(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            from datasets import Dataset

            Dataset.from_list(rows).to_parquet(str(path))
        elif name.endswith(".jsonl"):
            path.write_bytes("\n".join(json.dumps(row) for row in rows).encode())
        else:
            path.write_bytes(json.dumps(rows).encode())
        return str(path)

    return saving


def refusal(source, **more):
    with pytest.raises((SourceError, Problems)) as raised:
        load_benchmark(source, **more)
    return raised.value.problems if isinstance(raised.value, Problems) else (raised.value,)


def shorten(path, n):
    """Cut the last n bytes off a file."""
    Path(path).write_bytes(Path(path).read_bytes()[:-n])


EXPECTED = [
    Instance(
        id=f"owner__repo-{n}",
        repo="owner/repo",
        base_commit=f"{n:040x}",
        problem_statement=f"Issue {n}\r\n\u2028é",
        golden_patch=f"--- a/m\r\n+++ b/m\n{n}\n",
    )
    for n in (3, 1, 2)
]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("b.jsonl", "b.jsonl"),
        ("b.json", "b.json"),
        ("b.parquet", "b.parquet"),
        ("a folder/data/test-00000-of-00001.parquet", "a folder"),
        ("folder/test.jsonl", "folder"),
        ("odd [1] *.parquet", "odd [1] *.parquet"),
    ],
)
def test_each_form_gives_the_same_instances_in_the_file_s_order(save, tmp_path, name, given):
    save(name, [made_up(3), made_up(1), made_up(2)])
    assert load_benchmark(str(tmp_path / given)) == EXPECTED


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.parquet"])
def test_optional_fields_are_taken_where_they_are(save, name):
    rows = [
        made_up(1, test_patch="t", difficulty="hard", created_at="2023-01-01T00:00:00Z"),
        made_up(2, test_patch=None, difficulty=None, created_at=None),
    ]
    one, two = load_benchmark(save(name, rows))
    assert (one.test_patch, one.difficulty, one.created_at) == ("t", "hard", "2023-01-01T00:00:00Z")
    assert (two.test_patch, two.difficulty, two.created_at) == ("", None, None)


def test_times_and_composed_difficulties_become_text(save):
    rows = [made_up(1, created_at=datetime(2023, 1, 2, 3, 4, 5), difficulty={"lines": 4, "files": 1})]
    (one,) = load_benchmark(save("b.parquet", rows))
    assert one.created_at == "2023-01-02T03:04:05"
    assert json.loads(one.difficulty) == {"files": 1, "lines": 4}


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.parquet"])
@pytest.mark.parametrize("field", ["instance_id", "repo", "base_commit", "patch", "problem_statement"])
def test_a_missing_field_is_named(save, name, field):
    rows = [{key: value for key, value in made_up(n).items() if key != field} for n in (1, 2)]
    (problem,) = refusal(save(name, rows))
    assert problem.what == f"the field {field} is missing"
    assert problem.fix


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.parquet"])
@pytest.mark.parametrize("value", [None, "", " \n"])
@pytest.mark.parametrize("field", ["instance_id", "repo", "base_commit", "patch", "problem_statement"])
def test_a_null_or_empty_field_is_named_with_its_row(save, name, value, field):
    path = save(name, [made_up(1), made_up(2, **{field: value})])
    (problem,) = refusal(path)
    assert problem.where == f"{path}, row 2, {field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patch", 5),
        ("test_patch", ["x"]),
        ("problem_statement", "half a pair \ud83d"),
        ("repo", "no-owner"),
        ("repo", "../x"),
        ("repo", "owner/.."),
        ("repo", "a/b/c"),
        ("base_commit", "--upload-pack=x"),
        ("base_commit", "a b"),
    ],
)
def test_a_field_that_cannot_be_what_it_is_for_is_named(save, field, value):
    path = save("b.jsonl", [made_up(1), made_up(2, **{field: value})])
    (problem,) = refusal(path)
    assert problem.where == f"{path}, row 2, {field}"


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.parquet"])
def test_a_duplicate_id_is_named_with_both_rows(save, name):
    path = save(name, [made_up(1), made_up(2), made_up(1)])
    (problem,) = refusal(path)
    assert problem.where == f"{path}, row 3, instance_id"
    assert "row 1" in problem.what


def test_all_problems_come_together(save):
    path = save("b.jsonl", [made_up(1, patch=None, repo=""), made_up(2, problem_statement="")])
    assert [problem.where for problem in refusal(path)] == [
        f"{path}, row 1, repo",
        f"{path}, row 1, patch",
        f"{path}, row 2, problem_statement",
    ]


def test_marks_crlf_and_latin_1_are_read_properly(tmp_path):
    rows = [made_up(n, problem_statement="é\r\n") for n in (1, 2)]
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    for raw in (text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode("latin-1")):
        (tmp_path / "b.jsonl").write_bytes(raw)
        assert [one.problem_statement for one in load_benchmark(str(tmp_path / "b.jsonl"))] == ["é\r\n"] * 2


def test_a_torn_json_lines_file_is_named_with_line_and_column(save):
    path = save("b.jsonl", [made_up(1), made_up(2)])
    shorten(path, 5)
    (problem,) = refusal(path)
    assert problem.where.startswith(f"{path}, line 2, column ")


def test_a_torn_file_in_a_folder_is_named_with_line_and_column(save, tmp_path):
    path = save("folder/test.jsonl", [made_up(1), made_up(2)])
    shorten(path, 5)
    (problem,) = refusal(str(tmp_path / "folder"))
    assert problem.where.startswith(f"{path}, line 2, column ")


def test_a_torn_parquet_file_is_refused(save):
    path = save("b.parquet", [made_up(1)])
    shorten(path, 100)
    (problem,) = refusal(path)
    assert problem.where == path
    assert problem.fix


@pytest.mark.parametrize("content", ["", "[]", "3", '{"a": 1}\n[1]\n'])
def test_json_without_instances_is_refused(tmp_path, content):
    (tmp_path / "b.json").write_text(content)
    (problem,) = refusal(str(tmp_path / "b.json"))
    assert problem.where.startswith(str(tmp_path / "b.json"))


def test_a_split_that_is_not_there_is_refused_naming_those_that_are(save, tmp_path):
    save("folder/data/test-00000-of-00001.parquet", [made_up(1)])
    (problem,) = refusal(str(tmp_path / "folder"), split="dev")
    assert "test" in problem.what
    assert "dev" in problem.fix


def test_an_empty_folder_is_refused(tmp_path):
    (problem,) = refusal(str(tmp_path))
    assert problem.where == str(tmp_path)


@pytest.mark.parametrize("source", ["./nowhere", "/nowhere/at/all", "nowhere.parquet", "a/b/c", "owner/b.jsonl"])
def test_a_path_that_is_not_there_is_refused(source):
    (problem,) = refusal(source)
    assert problem.what == "there is no such file or folder"
    assert problem.where == source


def run_alone(tmp_path, source):
    """Load in a process of its own, whose cache is `tmp_path` and which may not use the network."""
    code = (
        "import sys; from mergecheck.sources.benchmark import load_benchmark\n"
        "assert 'datasets' not in sys.modules\n"
        "try: print('read', len(load_benchmark(sys.argv[1])))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    environment = os.environ | {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, source], env=environment, capture_output=True, text=True, check=True
    )


def test_nothing_but_the_answer_is_printed_and_nothing_is_left_in_the_folder(save, tmp_path):
    save("folder/data/test-00000-of-00001.parquet", [made_up(1), made_up(2)])
    done = run_alone(tmp_path, str(tmp_path / "folder"))
    assert done.stdout == "read 2\n"
    left = [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "folder").rglob("*")]
    assert sorted(left) == ["folder/data", "folder/data/test-00000-of-00001.parquet"]


def test_a_name_on_the_hub_without_network_says_what_to_do(tmp_path):
    done = run_alone(tmp_path, "owner/no-such-benchmark")
    assert done.stdout.startswith("SourceError owner/no-such-benchmark: this benchmark cannot be loaded (")
    assert "network" in done.stdout
    assert "path" in done.stdout
