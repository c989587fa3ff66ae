"""Every format of grades, the order in which they count, and where they disagree."""

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Grade
from mergecheck.sources.submission import read_submission


@pytest.fixture
def ids(benchmark_ids):
    return benchmark_ids


@pytest.fixture
def read(write, ids, row, patch):
    """Read a run that has a patch for the first four instances, none for the fifth, and never saw the sixth."""

    def reading(files, scope=None):
        rows = [row(instance, patch(1)) for instance in ids[:4]] + [row(ids[4], None)]
        return read_submission("run", write({"all_preds.jsonl": rows, **files}), ids, scope)

    return reading


def grades_of(run):
    return [attempt.grade.value for attempt in run.attempts]


def sources_of(run):
    return [attempt.grade_source for attempt in run.attempts]


def report(resolved, **more):
    return {
        "patch_is_None": False,
        "patch_exists": True,
        "patch_successfully_applied": True,
        "resolved": resolved,
    } | more


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("folder", ["logs", "logs/run_evaluation/run/mo:del"])
def test_reports_on_instances_keyed_or_not(read, ids, keyed, folder):
    reports = [report(True), report(False), report(False, patch_successfully_applied=False)]
    files = {
        f"{folder}/{instance}/report.json": {instance: one} if keyed else one
        for instance, one in zip(ids, reports, strict=False)
    }
    run = read(files)
    assert grades_of(run) == ["resolved", "unresolved", "unresolved", "ungraded", "empty"]
    assert sources_of(run) == [*files, "", "all_preds.jsonl"]


def test_reports_on_all_instances_in_one_file(read, ids):
    run = read({"reports.json": {ids[0]: report(True), ids[1]: report(False)}})
    assert grades_of(run) == ["resolved", "unresolved", "ungraded", "ungraded", "empty"]


def test_a_run_report_of_schema_2(read, ids):
    lists = {
        "schema_version": 2,
        "submitted_ids": ids[:5],
        "completed_ids": ids[:2],
        "resolved_ids": ids[:1],
        "unresolved_ids": ids[1:2],
        "error_ids": ids[2:3],
        "empty_patch_ids": ids[4:5],
        "incomplete_ids": ids[5:],
    }
    run = read({"model.run.json": lists})
    assert grades_of(run) == ["resolved", "unresolved", "error", "ungraded", "empty"]
    assert sources_of(run) == ["model.run.json"] * 3 + ["", "model.run.json"]
    assert run.not_mentioned == (ids[5],)


def test_a_run_report_of_schema_1_has_no_list_of_the_unresolved(read, ids):
    run = read({"model.run.json": {"completed_ids": ids[:2], "resolved_ids": ids[:1], "error_ids": ids[2:3]}})
    assert grades_of(run) == ["resolved", "unresolved", "error", "ungraded", "empty"]


def test_the_leaderboard_s_results(read, ids):
    lists = {"no_generation": ids[4:], "no_logs": ids[2:3], "resolved": ids[:1]}
    run = read({"results/results.json": lists})
    assert grades_of(run) == ["resolved", "unresolved", "error", "unresolved", "empty", "empty"]
    assert set(sources_of(run)) == {"results/results.json"}
    # The sixth is mentioned by the grader alone: a row of that file.
    assert (run.attempts[5].file, run.attempts[5].row) == ("results/results.json", None)
    assert run.rows_read == 6
    assert run.not_mentioned == ()


@pytest.mark.parametrize(
    ("where", "grade"),
    [
        ({"generated", "with_logs", "applied", "resolved"}, "resolved"),
        ({"generated", "with_logs", "applied"}, "unresolved"),
        ({"generated", "with_logs", "no_apply"}, "unresolved"),
        ({"generated", "with_logs", "applied", "test_timeout"}, "unresolved"),
        ({"generated", "with_logs", "applied", "test_errored"}, "error"),
        ({"generated", "with_logs", "install_fail"}, "error"),
        ({"generated", "with_logs", "reset_failed"}, "error"),
        ({"generated"}, "error"),
        ({"generated", "with_logs"}, "ungraded"),
        ({"generated", "with_logs", "applied", "no_generation"}, "unresolved"),
        ({"generated", "with_logs", "applied", "resolved", "no_generation"}, "resolved"),
        ({"no_generation"}, "ungraded"),
        (set(), "ungraded"),
    ],
)
def test_the_first_harness_s_lists(read, ids, where, grade):
    names = ["no_generation", "generated", "with_logs", "install_fail", "reset_failed", "no_apply", "applied"]
    names += ["test_errored", "test_timeout", "resolved"]
    run = read({"report.json": {name: [ids[0]] if name in where else [] for name in names}})
    assert grades_of(run)[0] == grade


def test_an_agent_s_own_record(write, ids, patch):
    rows = [
        {"instanceId": instance, "modelPatch": text, "resolved": resolved}
        for instance, text, resolved in [
            (ids[0], patch(1), True),
            (ids[1], patch(1), False),
            (ids[2], patch(1), None),
            (ids[3], "", False),
        ]
    ]
    run = read_submission("run", write({"own.jsonl": rows}), ids, None)
    assert grades_of(run) == ["resolved", "unresolved", "ungraded", "empty"]
    assert sources_of(run) == ["own.jsonl", "own.jsonl", "", "own.jsonl"]


def test_the_first_source_with_a_verdict_counts_and_others_fill_gaps(read, ids, patch):
    run = read(
        {
            f"logs/{ids[0]}/report.json": report(False),
            "run.json": {"schema_version": 2, "resolved_ids": [], "error_ids": ids[:2], "unresolved_ids": []},
            "results/results.json": {"resolved": [], "no_logs": [], "no_generation": ids[4:5]},
            "own.jsonl": [{"instanceId": ids[3], "modelPatch": patch(1), "resolved": False}],
        }
    )
    assert grades_of(run) == ["unresolved", "error", "unresolved", "unresolved", "empty"]
    assert sources_of(run) == [
        f"logs/{ids[0]}/report.json",
        "run.json",
        "results/results.json",
        "results/results.json",
        "results/results.json",
    ]
    assert [(one.format, one.count) for one in run.found if one.role == "grades"] == [
        ("instance report", 1),
        ("run report", 1),
        ("result lists", 3),
    ]


def test_an_empty_patch_is_empty_whatever_a_grader_says(read, ids):
    run = read({f"logs/{ids[4]}/report.json": report(True)})
    assert grades_of(run)[4] == "empty"
    assert run.notes == (f"1 attempt empty, and yet resolved by the grader: {ids[4]}",)


def test_a_grader_who_found_no_patch_graded_something_else(read, ids):
    run = read({f"logs/{ids[0]}/report.json": report(False, patch_is_None=True, patch_exists=False)})
    assert grades_of(run)[0] == "ungraded"
    assert run.notes == (f"1 attempt has a patch, and the grader found none: {ids[0]}",)


def test_a_graded_attempt_whose_patch_is_not_there_keeps_its_grade_and_is_noted(read, ids):
    run = read({f"logs/{ids[5]}/report.json": report(False)})
    last = run.attempts[5]
    assert (last.patch, last.grade, last.file) == ("", Grade.UNRESOLVED, f"logs/{ids[5]}/report.json")
    assert run.rows_read == 6
    assert run.notes == (f"1 attempt graded, and its patch is not there: {ids[5]}",)


def test_grades_of_unknown_ids_and_outside_the_scope_are_rows_and_skips(read, ids):
    lists = {"no_generation": ["unknown-1", "unknown-1", ids[5]], "no_logs": [], "resolved": ids[:1]}
    run = read({"results/results.json": lists}, scope=ids[:5])
    assert [(skip.file, skip.row, skip.instance, skip.reason) for skip in run.skips] == [
        ("results/results.json", None, ids[5], "out_of_scope"),
        ("results/results.json", None, "unknown-1", "not_in_benchmark"),
    ]
    assert run.rows_read == 7


def test_a_report_beside_another_patch_than_the_prediction_is_pointed_out(read, ids, patch):
    run = read(
        {
            f"logs/{ids[0]}/report.json": report(True),
            f"logs/{ids[0]}/patch.diff": patch(2),
            f"logs/{ids[1]}/report.json": report(True),
            f"logs/{ids[1]}/patch.diff": patch(1).rstrip("\n"),
            f"logs/{ids[2]}/patch.diff": patch(2),
        }
    )
    assert run.graded_another_patch == (ids[0],)
    assert run.notes == (f"1 attempt graded by a report beside another patch than the prediction: {ids[0]}",)


# Disagreement


def disagreements(read, files, **more):
    with pytest.raises((SourceError, Problems)) as raised:
        read(files, **more)
    return raised.value.problems if isinstance(raised.value, Problems) else (raised.value,)


def test_sources_that_disagree_are_refused_with_all_instances(read, ids):
    files = {
        f"logs/{ids[0]}/report.json": report(True),
        f"logs/{ids[1]}/report.json": report(False),
        f"logs/{ids[2]}/report.json": report(True),
        "run.json": {"resolved_ids": [ids[1]], "unresolved_ids": [ids[0]], "error_ids": [ids[2]]},
    }
    problems = disagreements(read, files)
    assert [problem.what.split()[0] for problem in problems] == ids[:3]
    for instance, problem in zip(ids, problems, strict=False):
        assert f"logs/{instance}/report.json" in problem.where
        assert "run.json" in problem.where
        assert problem.fix


@pytest.mark.parametrize(
    "other",
    [
        {"results/results.json": {"resolved": [], "no_generation": []}},
        {"report.json": {"generated": ["owner__repo-1"], "no_apply": ["owner__repo-1"], "resolved": []}},
        {"b.json": {"resolved_ids": [], "unresolved_ids": ["owner__repo-1"]}},
    ],
)
def test_every_kind_of_source_may_disagree(read, ids, other):
    (problem,) = disagreements(read, {"a.json": {"resolved_ids": [ids[0]]}, **other})
    assert "a.json" in problem.where
    assert next(iter(other)) in problem.where


def test_a_disagreement_outside_the_scope_is_none_of_the_study_s(read, ids):
    files = {"a.json": {"resolved_ids": [ids[0]]}, "b.json": {"resolved_ids": [], "unresolved_ids": [ids[0]]}}
    assert len(read(files, scope=ids[1:]).attempts) == 4


@pytest.mark.parametrize(
    "lists",
    [
        {"resolved_ids": ["owner__repo-1"], "error_ids": ["owner__repo-1"]},
        {"resolved": ["owner__repo-1"], "generated": ["owner__repo-1"], "no_apply": ["owner__repo-1"]},
    ],
)
def test_a_file_that_contradicts_itself_is_refused(read, lists):
    (problem,) = disagreements(read, {"lists.json": lists})
    assert "owner__repo-1" in problem.what
    assert problem.where.startswith("lists.json, ")


DISAGREEING = {
    "logs/owner__repo-1/report.json": {"resolved": True},
    "logs/owner__repo-2/report.json": {"resolved": False},
    "logs/owner__repo-3/report.json": {"resolved": True},
    "run.json": {"resolved_ids": ["owner__repo-2", "owner__repo-3"], "unresolved_ids": ["owner__repo-1"]},
    "results/results.json": {"resolved": ["owner__repo-1", "owner__repo-2", "owner__repo-3"], "no_logs": []},
}


def believing(write, row, patch, ids, grades):
    rows = [row(instance, patch(1)) for instance in ids[:4]]
    return read_submission("run", write({"all_preds.jsonl": rows, **DISAGREEING}), ids, None, grades)


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ("logs", ["resolved", "unresolved", "resolved"]),
        ("logs/", ["resolved", "unresolved", "resolved"]),
        ("instance report", ["resolved", "unresolved", "resolved"]),
        ("run.json", ["unresolved", "resolved", "resolved"]),
        ("results/results.json", ["resolved", "resolved", "resolved"]),
    ],
)
def test_study_toml_says_which_source_to_believe(write, row, patch, ids, grades, expected):
    run = believing(write, row, patch, ids, grades)
    assert grades_of(run)[:3] == expected
    assert run.settled == tuple(ids[:2])


def test_the_others_still_fill_what_the_source_to_believe_leaves_open(write, row, patch, ids):
    run = believing(write, row, patch, ids, "run.json")
    assert (grades_of(run)[3], sources_of(run)[3]) == ("unresolved", "results/results.json")


def test_a_source_that_contradicts_itself_settles_nothing(write, row, patch, ids):
    rows = [row(ids[0], patch(1))]
    files = {"a.json": {"resolved_ids": ids[:1]}, "b.json": {"resolved_ids": [], "unresolved_ids": ids[:1]}}
    with pytest.raises(SourceError, match=r"is resolved in a\.json and unresolved in b\.json"):
        read_submission("run", write({"all_preds.jsonl": rows, **files}), ids, None, "run report")


def test_a_source_that_is_not_there_is_refused_with_those_that_are(write, row, patch, ids):
    with pytest.raises(SourceError, match="called log") as raised:
        believing(write, row, patch, ids, "log")
    assert raised.value.fix == "there is instance report, run.json, results/results.json"


def test_a_disagreement_names_the_lines_that_would_settle_it(write, row, patch, ids):
    with pytest.raises(Problems) as raised:
        believing(write, row, patch, ids, "")
    assert 'grades = "run.json" in study.toml' in raised.value.problems[0].fix


def test_a_report_of_sb_cli(read, ids):
    """As `sb-cli get-report` saves it, beside the rest of the service's response."""
    lists = {
        "total_instances": 6,
        "submitted_ids": ids[:5],
        "completed_ids": ids[:2],
        "pending_ids": ids[3:4],
        "failed_ids": ids[2:3],
        "error_ids": [],
        "resolved_ids": ids[:1],
        "unresolved_ids": ids[1:2],
    }
    name = "sb-cli-reports/swe-bench_verified__test__run.json"
    run = read({name: lists, name.replace(".json", ".response.json"): {"message": "ok"}})
    assert grades_of(run) == ["resolved", "unresolved", "error", "ungraded", "empty"]
    assert run.whole_by == name


# Damage


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "not whole JSON"),
        ("[]", "no report"),
        ("{}", "empty"),
        ({"owner__repo-1": {"resolved": "yes"}}, "true or false"),
        ({"resolved": 1}, "true or false"),
        ({"owner__repo-1": 3}, "true or false"),
        ({"owner__repo-2": {"resolved": True}}, "its folder is owner__repo-1"),
    ],
)
def test_a_report_that_is_none_is_refused(read, ids, content, what):
    (problem,) = disagreements(read, {f"logs/{ids[0]}/report.json": content})
    assert problem.where.startswith(f"logs/{ids[0]}/report.json")
    assert what in problem.what


def test_lists_of_anything_but_ids_are_refused(read):
    (problem,) = disagreements(read, {"run.json": {"resolved_ids": [], "error_ids": [1, 2]}})
    assert problem.where == "run.json, error_ids"


def test_a_torn_run_report_is_refused(read):
    (problem,) = disagreements(read, {"run.json": '{"resolved_ids": ["a", '})
    assert problem.where == "run.json, line 1, column 24"
