"""Every serialisation of predictions, and every row that is wrong."""

import codecs
import json

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Grade
from mergecheck.sources.submission import read_submission


@pytest.fixture
def read(write, benchmark_ids):
    def reading(files, scope=None, at=""):
        return read_submission("run", write(files) / at, benchmark_ids, scope)

    return reading


@pytest.fixture
def refused(read):
    """The one error, or all of several, that reading ends with."""

    def refusing(files, **more):
        with pytest.raises((SourceError, Problems)) as raised:
            read(files, **more)
        return raised.value.problems if isinstance(raised.value, Problems) else (raised.value,)

    return refusing


def patches_of(run):
    return {attempt.instance: attempt.patch for attempt in run.attempts}


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("all_preds.jsonl", lambda rows: rows, "JSON lines"),
        ("preds.json", lambda rows: rows, "JSON list"),
        ("preds.json", lambda rows: {row["instance_id"]: row for row in rows}, "JSON object by instance"),
        (
            "preds.json",
            lambda rows: {row["instance_id"]: {"model_patch": row["model_patch"]} for row in rows},
            "JSON object by instance",
        ),
        ("anything.json", lambda rows: "".join(json.dumps(row) + "\n" for row in rows), "JSON lines"),
        (
            "own.jsonl",
            lambda rows: [{"instanceId": r["instance_id"], "modelPatch": r["model_patch"]} for r in rows],
            "camelCase JSON lines",
        ),
        (
            "deep/down/own.json",
            lambda rows: [{"instanceId": r["instance_id"], "modelPatch": r["model_patch"]} for r in rows],
            "camelCase JSON list",
        ),
    ],
)
def test_each_serialisation_gives_the_same_attempts(read, row, patch, benchmark_ids, name, content, form):
    rows = [row(benchmark_ids[0], patch(1)), row(benchmark_ids[1], None), row(benchmark_ids[2], "")]
    run = read({name: content(rows)})
    assert patches_of(run) == {benchmark_ids[0]: patch(1), benchmark_ids[1]: "", benchmark_ids[2]: ""}
    assert [attempt.grade for attempt in run.attempts] == [Grade.UNGRADED, Grade.EMPTY, Grade.EMPTY]
    assert {attempt.file for attempt in run.attempts} == {name}
    assert [attempt.row for attempt in run.attempts] == [1, 2, 3]
    assert run.not_mentioned == tuple(benchmark_ids[3:])
    assert [(one.role, one.format) for one in run.found] == [("predictions", form)]


@pytest.mark.parametrize("folder", ["logs", "logs/run_evaluation/run:1/some:model", "."])
def test_a_folder_of_patches_is_read_where_there_is_no_predictions_file(read, patch, benchmark_ids, folder):
    run = read(
        {
            f"{folder}/{benchmark_ids[0]}/patch.diff": patch(1).replace("\n", "\r\n"),
            f"{folder}/{benchmark_ids[1]}/patch.diff": b"",
            f"{folder}/elsewhere-1/patch.diff": patch(2),
        }
    )
    assert patches_of(run) == {benchmark_ids[0]: patch(1).replace("\n", "\r\n"), benchmark_ids[1]: ""}
    assert run.attempts[0].row is None
    assert run.attempts[0].file.endswith(f"{benchmark_ids[0]}/patch.diff")
    assert [(skip.instance, skip.reason) for skip in run.skips] == [("elsewhere-1", "not_in_benchmark")]
    assert run.rows_read == 3


def test_a_predictions_file_comes_before_the_patches_in_the_logs(read, row, patch, benchmark_ids):
    run = read(
        {
            "preds.jsonl": [row(benchmark_ids[0], patch(1))],
            f"logs/{benchmark_ids[0]}/patch.diff": patch(2),
            f"logs/{benchmark_ids[1]}/patch.diff": patch(2),
        }
    )
    assert patches_of(run) == {benchmark_ids[0]: patch(1)}
    assert run.rows_read == 1


def test_a_file_may_be_named_itself(read, row, patch, benchmark_ids):
    run = read(
        {"a.jsonl": [row(benchmark_ids[0], patch(1))], "report.json": {"resolved_ids": [benchmark_ids[0]]}},
        at="a.jsonl",
    )
    assert [(one.patch, one.grade, one.grade_source) for one in run.attempts] == [
        (patch(1), Grade.RESOLVED, "report.json")
    ]


def test_a_record_that_agrees_with_a_named_file_grades_it(read, row, patch, benchmark_ids):
    record = {"instanceId": benchmark_ids[0], "modelPatch": patch(1), "resolved": True}
    files = {"a.jsonl": [row(benchmark_ids[0], patch(1))], "own.jsonl": [record]}
    (attempt,) = read(files, at="a.jsonl").attempts
    assert (attempt.grade, attempt.grade_source, attempt.file) == (Grade.RESOLVED, "own.jsonl", "a.jsonl")


def test_grades_beside_a_named_file_are_left_where_other_predictions_lie_there_too(
    read, row, patch, benchmark_ids
):
    run = read(
        {
            "a.jsonl": [row(benchmark_ids[0], patch(1))],
            "b.jsonl": [row(benchmark_ids[0], patch(2))],
            "report.json": {"resolved_ids": [benchmark_ids[0]]},
        },
        at="a.jsonl",
    )
    assert [one.grade for one in run.attempts] == [Grade.UNGRADED]
    assert "b.jsonl holds other predictions" in run.notes[0]


def test_hidden_folders_trajectories_and_links_that_lead_back_are_passed_by(
    read, row, patch, benchmark_ids, tmp_path
):
    other = [row(benchmark_ids[0], patch(2))]
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "again").symlink_to(tmp_path / "submission")
    run = read(
        {
            "preds.json": [row(benchmark_ids[0], patch(1))],
            ".old/preds.json": other,
            "trajs/preds.json": other,
            f"{benchmark_ids[0]}/x.traj.json": other,
        }
    )
    assert patches_of(run) == {benchmark_ids[0]: patch(1)}
    assert run.notes == ()


# Marks, line ends, encodings


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("lines", [True, False])
def test_byte_order_marks_and_crlf_change_no_patch(read, row, benchmark_ids, mark, end, lines):
    text = "--- a/é\r\n+++ b/é\n\u2028 \x0c\n"
    rows = [row(benchmark_ids[0], text), row(benchmark_ids[1], text)]
    if lines:
        raw = end.join(json.dumps(one, ensure_ascii=False).encode() for one in rows) + end
    else:
        raw = json.dumps(rows, ensure_ascii=False, indent=1).encode().replace(b"\n", end)
    run = read({"all_preds.jsonl" if lines else "preds.json": mark + raw})
    assert set(patches_of(run).values()) == {text}
    assert not run.notes


def test_latin_1_is_read_as_such_and_noted(read, row, benchmark_ids):
    raw = json.dumps([row(benchmark_ids[0], "+ é\r\n")], ensure_ascii=False).encode("latin-1")
    run = read({"preds.json": raw})
    assert patches_of(run) == {benchmark_ids[0]: "+ é\r\n"}
    assert run.notes == ("preds.json is not UTF-8: read as Latin-1",)


def test_a_latin_1_patch_file_is_read_as_such_and_noted(read, benchmark_ids):
    run = read({f"logs/{benchmark_ids[0]}/patch.diff": "+ é\r\n".encode("latin-1")})
    assert patches_of(run) == {benchmark_ids[0]: "+ é\r\n"}
    assert run.notes == (f"logs/{benchmark_ids[0]}/patch.diff is not UTF-8: read as Latin-1",)


# Rows that are no attempt


def test_ids_outside_the_benchmark_and_outside_the_scope_are_told_apart(read, row, patch, benchmark_ids):
    rows = [row("unknown-1", patch(1)), row(benchmark_ids[0], patch(1)), row(benchmark_ids[1], patch(1))]
    run = read({"preds.json": rows}, scope=benchmark_ids[1:3])
    assert [(skip.row, skip.reason) for skip in run.skips] == [(1, "not_in_benchmark"), (2, "out_of_scope")]
    assert list(patches_of(run)) == [benchmark_ids[1]]
    assert run.not_mentioned == (benchmark_ids[2],)


def test_duplicates_and_superseded_rows_are_skips(read, row, patch, benchmark_ids):
    one, two, three = benchmark_ids[:3]
    rows = [
        row(one, None),
        row(one, patch(1)),
        row(one, patch(1)),
        row(two, patch(2)),
        row(two, " \n"),
        row(three, None),
        row(three, ""),
    ]
    run = read({"all_preds.jsonl": rows})
    assert patches_of(run) == {one: patch(1), two: patch(2), three: ""}
    assert [(attempt.instance, attempt.row) for attempt in run.attempts] == [(one, 2), (two, 4), (three, 6)]
    assert [(skip.row, skip.reason) for skip in run.skips] == [
        (1, "superseded"),
        (3, "duplicate"),
        (5, "superseded"),
        (7, "duplicate"),
    ]
    assert run.rows_read == 7
    assert "all_preds.jsonl, row 2" in run.skips[0].detail


def test_two_different_patches_for_an_instance_are_refused_naming_both_rows(refused, row, patch, benchmark_ids):
    rows = [row(benchmark_ids[0], patch(1)), row(benchmark_ids[1], None), row(benchmark_ids[0], patch(2))]
    (problem,) = refused({"all_preds.jsonl": rows})
    assert problem.where == "all_preds.jsonl, row 1 and all_preds.jsonl, row 3"
    assert benchmark_ids[0] in problem.what
    assert problem.fix


def test_two_different_patches_under_one_key_of_an_object_are_refused_too(refused, row, patch, benchmark_ids):
    key = benchmark_ids[0]
    first, second = json.dumps(row(key, patch(1))), json.dumps(row(key, patch(2)))
    (problem,) = refused({"preds.json": f'{{"{key}": {first}, "{key}": {second}}}'})
    assert problem.where == "preds.json, row 1 and preds.json, row 2"


def test_different_patches_outside_the_study_are_skips_and_no_error(read, row, patch):
    run = read({"all_preds.jsonl": [row("unknown-1", patch(1)), row("unknown-1", patch(2))]})
    assert [skip.reason for skip in run.skips] == ["not_in_benchmark", "not_in_benchmark"]


# Rows that are wrong


@pytest.mark.parametrize(
    ("value", "kind"),
    [(5, "a number"), (1.5, "a number"), (True, "true or false"), (["x"], "a list"), ({"x": 1}, "an object")],
)
def test_a_patch_that_is_no_text_is_refused(refused, row, benchmark_ids, value, kind):
    (problem,) = refused({"all_preds.jsonl": [row(benchmark_ids[0], None), row(benchmark_ids[1], value)]})
    assert problem.where == "all_preds.jsonl, row 2, model_patch"
    assert kind in problem.what
    assert benchmark_ids[1] in problem.what


def test_half_a_surrogate_pair_is_refused(refused, row, benchmark_ids):
    (problem,) = refused({"all_preds.jsonl": [row(benchmark_ids[0], "ab\ud83d")]})
    assert problem.where == "all_preds.jsonl, row 1, model_patch, character 3"


def test_all_problems_of_a_submission_come_together(refused, row, patch, benchmark_ids):
    lines = [
        json.dumps(row(benchmark_ids[0], 7)),
        "[1, 2]",
        json.dumps({"instance_id": benchmark_ids[1]}),
        json.dumps({"model_patch": patch(1)}),
        json.dumps(row(benchmark_ids[2], patch(1)))[:-9],
    ]
    problems = refused({"all_preds.jsonl": "\n".join(lines), f"logs/{benchmark_ids[0]}/report.json": "{"})
    where = [problem.where for problem in problems]
    assert where[0].startswith("all_preds.jsonl, line 5, column ")
    assert where[1:] == [
        "all_preds.jsonl, row 1, model_patch",
        "all_preds.jsonl, row 2",
        "all_preds.jsonl, row 3",
        "all_preds.jsonl, row 4",
        f"logs/{benchmark_ids[0]}/report.json, line 1, column 2",
    ]


def test_a_torn_last_line_is_refused_and_says_so(refused, row, patch, benchmark_ids):
    whole = "".join(json.dumps(row(instance, patch(1))) + "\n" for instance in benchmark_ids[:2])
    (problem,) = refused({"all_preds.jsonl": whole[:-20]})
    assert problem.where.startswith("all_preds.jsonl, line 2, column ")
    assert "cut off" in problem.fix


@pytest.mark.parametrize("name", ["preds.json", "of-any-name.json"])
def test_a_torn_document_is_refused(refused, row, patch, benchmark_ids, name):
    (problem,) = refused({name: json.dumps([row(benchmark_ids[0], patch(1))])[:-4]})
    assert problem.where.startswith(f"{name}, line 1, column ")


def test_a_damaged_file_that_is_neither_predictions_nor_grades_is_only_noted(read, row, patch, benchmark_ids):
    run = read({"preds.json": [row(benchmark_ids[0], patch(1))], "settings.json": "{'temperature': 0"})
    assert run.notes == ("not used, neither predictions nor grades: settings.json",)


def test_a_key_that_names_another_instance_than_its_record_is_refused(refused, row, patch, benchmark_ids):
    (problem,) = refused({"preds.json": {benchmark_ids[0]: row(benchmark_ids[1], patch(1))}})
    assert benchmark_ids[0] in problem.what
    assert benchmark_ids[1] in problem.what


def test_a_field_that_occurs_twice_is_refused(refused, benchmark_ids):
    line = f'{{"instance_id": "{benchmark_ids[0]}", "model_patch": "a", "model_patch": "b"}}'
    (problem,) = refused({"all_preds.jsonl": line})
    assert "model_patch occurs twice" in problem.what


@pytest.mark.parametrize("instance", [None, 3, "", "  "])
def test_an_instance_id_that_is_none_is_refused(refused, row, patch, benchmark_ids, instance):
    (problem,) = refused({"preds.json": [row(benchmark_ids[0], patch(1)), row(instance, patch(1))]})
    assert problem.where == "preds.json, row 2"


# Places that hold nothing


def test_a_path_that_is_not_there_is_refused(tmp_path, benchmark_ids):
    with pytest.raises(SourceError, match="no such file or folder") as raised:
        read_submission("run", tmp_path / "nowhere", benchmark_ids, None)
    assert raised.value.where == str(tmp_path / "nowhere")
    assert raised.value.fix


@pytest.mark.parametrize("files", [{"README.md": "nothing"}, {"results/results.json": {"resolved": []}}])
def test_a_folder_without_predictions_says_what_is_looked_for(refused, files):
    (problem,) = refused(files)
    assert "no predictions" in problem.what
    assert "patch.diff" in problem.fix


@pytest.mark.parametrize("content", ["", "\r\n", "[]", "{}", "3", '{"resolved_ids": []}'])
def test_a_named_file_without_predictions_is_refused(refused, content):
    (problem,) = refused({"preds.json": content}, at="preds.json")
    assert "holds no predictions" in problem.what


def test_an_empty_predictions_file_in_a_folder_is_refused(refused):
    (problem,) = refused({"all_preds.jsonl": ""})
    assert problem.where == "all_preds.jsonl"


# Several predictions files


def camel(row):
    return {"instanceId": row["instance_id"], "modelPatch": row["model_patch"]}


def test_of_files_that_agree_the_harness_s_one_is_used_and_the_other_noted(read, row, patch, benchmark_ids):
    rows = [row(benchmark_ids[0], patch(1)), row(benchmark_ids[1], None)]
    run = read({"a.jsonl": [camel(one) for one in rows], "results/eval-logs/predictions.jsonl": rows})
    assert {attempt.file for attempt in run.attempts} == {"results/eval-logs/predictions.jsonl"}
    assert run.rows_read == 2
    assert run.notes == ("a.jsonl holds predictions too; results/eval-logs/predictions.jsonl is used",)


@pytest.mark.parametrize("other", [[1, None], [2], [None], [1, 3]])
def test_files_that_differ_in_any_patch_are_refused_naming_both(refused, row, patch, benchmark_ids, other):
    """Another patch, none where there is one, and one where there is none."""
    first = [row(benchmark_ids[0], patch(1))]
    second = [row(benchmark_ids[n], p and patch(p)) for n, p in enumerate(other)]
    if other == [1, None]:
        second[1] = row(benchmark_ids[1], patch(9))
    (problem,) = refused({"all_preds.jsonl": first, "preds.json": second})
    assert "all_preds.jsonl" in problem.where
    assert "preds.json" in problem.where
    assert problem.fix


def test_a_second_file_may_hold_less(read, row, patch, benchmark_ids):
    first = [row(benchmark_ids[0], patch(1)), row(benchmark_ids[1], patch(2))]
    run = read({"all_preds.jsonl": first, "preds.json": first[1:]})
    assert len(run.attempts) == 2


def test_several_models_in_one_file_are_noted(read, row, patch, benchmark_ids):
    rows = [row(benchmark_ids[0], patch(1)), {**row(benchmark_ids[1], patch(1)), "model_name_or_path": "other"}]
    assert read({"preds.json": rows}).notes == ("preds.json names several models: made-up, other",)
