"""Reading predictions and grades: rows add up, serialisations and orders do not matter, damage never passes."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.errors import MergecheckError, Problems, SourceError
from mergecheck.records import Grade
from mergecheck.sources.matrix import read_matrix
from mergecheck.sources.submission import read_submission

BENCHMARK = [f"o__r-{n}" for n in range(6)]
OUTSIDE = ["x__y-1", "x__y-2"]

instances = st.sampled_from(BENCHMARK + OUTSIDE)
scopes = st.one_of(st.none(), st.sets(st.sampled_from(BENCHMARK)))
few_patches = st.sampled_from([None, "", " \n", "a\n", "b\r\n"])
# Any text that a file can hold; a byte order mark in front belongs to a file, not to a patch.
patches = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=40)
rows_of = st.lists(st.tuples(instances, few_patches), min_size=1, max_size=14)
outcomes = st.dictionaries(st.sampled_from(BENCHMARK), st.booleans(), min_size=1)

camel = {"instance_id": "instanceId", "model_patch": "modelPatch"}


def read(files, scope=None):
    """Read a submission whose folder holds these files (name → bytes)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return read_submission("run", Path(folder), BENCHMARK, scope)


def lines(rows):
    return "".join(
        json.dumps({"instance_id": instance, "model_patch": patch}) + "\n" for instance, patch in rows
    ).encode()


def outcome(rows, scope):
    """What a reading comes to, without the places where rows stood."""
    try:
        run = read({"all_preds.jsonl": lines(rows)}, scope)
    except (SourceError, Problems):
        return None
    attempts = [(one.instance, one.patch, one.grade) for one in run.attempts]
    return attempts, sorted((one.instance, one.reason) for one in run.skips), run.not_mentioned


@given(rows_of, scopes)
def test_rows_add_up_and_two_patches_for_one_instance_are_always_refused(rows, scope):
    wanted = set(BENCHMARK) if scope is None else scope
    texts = {i: {p for j, p in rows if j == i and p and p.strip()} for i, _ in rows if i in wanted}
    if any(len(found) > 1 for found in texts.values()):
        assert outcome(rows, scope) is None
        return
    run = read({"all_preds.jsonl": lines(rows)}, scope)
    assert run.rows_read == len(rows) == len(run.attempts) + len(run.skips)
    assert {one.instance: one.patch for one in run.attempts} == {
        instance: next(iter(found), "") for instance, found in texts.items()
    }
    assert set(run.not_mentioned) == wanted - texts.keys()
    assert all((one.grade is Grade.EMPTY) == (one.patch == "") for one in run.attempts)
    for skip in run.skips:
        assert (skip.reason == "not_in_benchmark") == (skip.instance in OUTSIDE)
        assert (skip.reason == "out_of_scope") == (skip.instance in set(BENCHMARK) - wanted)
    # Every row is accounted for once, by its number.
    numbers = [one.row for one in run.attempts] + [one.row for one in run.skips]
    assert sorted(numbers) == list(range(1, len(rows) + 1))


@given(rows_of, scopes, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, scope, random):
    shuffled = random.sample(rows, len(rows))
    assert outcome(rows, scope) == outcome(shuffled, scope)


def serialised(form, predictions, ensure_ascii):
    """Name → bytes of the same predictions in one of the forms."""

    def dump(value):
        return json.dumps(value, ensure_ascii=ensure_ascii).encode()

    rows = [{"instance_id": instance, "model_patch": patch} for instance, patch in predictions.items()]
    in_camel = [{camel[key]: value for key, value in row.items()} for row in rows]
    return {
        "lines": {"all_preds.jsonl": b"\n".join(map(dump, rows))},
        "crlf": {"more.jsonl": b"\xef\xbb\xbf" + b"\r\n".join(map(dump, rows)) + b"\r\n"},
        "list": {"predictions.json": dump(rows)},
        "object": {"preds.json": dump({row["instance_id"]: row for row in rows})},
        "camel": {"results/own.jsonl": b"\n".join(map(dump, in_camel))},
        "folder": {f"logs/{instance}/patch.diff": patch.encode() for instance, patch in predictions.items()},
    }[form]


@given(
    st.dictionaries(instances, patches, min_size=1),
    st.sets(st.sampled_from(["lines", "crlf", "list", "object", "camel", "folder"]), min_size=1),
    st.booleans(),
    scopes,
)
def test_any_mixture_of_serialisations_gives_the_same_attempts(predictions, forms, ensure_ascii, scope):
    files = {}
    for form in forms:
        files |= serialised(form, predictions, ensure_ascii)
    run = read(files, scope)
    wanted = set(BENCHMARK) if scope is None else scope
    assert {one.instance: one.patch for one in run.attempts} == {
        instance: patch if patch.strip() else "" for instance, patch in predictions.items() if instance in wanted
    }
    assert run.rows_read == len(predictions)


@given(st.dictionaries(instances, patches, min_size=1), st.data())
def test_a_file_cut_off_anywhere_is_refused_or_ends_after_a_whole_row(predictions, data):
    whole = serialised("lines", predictions, True)["all_preds.jsonl"]
    cut = data.draw(st.integers(0, len(whole)))
    if not whole[:cut] or json_is_torn(whole[:cut]):
        with pytest.raises(SourceError):
            read({"all_preds.jsonl": whole[:cut]})
        return
    run = read({"all_preds.jsonl": whole[:cut]})
    kept = list(predictions.items())[: run.rows_read]
    assert {one.instance: one.patch for one in run.attempts} == {
        instance: patch if patch.strip() else "" for instance, patch in kept if instance in BENCHMARK
    }
    assert len(whole[:cut].rstrip(b"\n").split(b"\n")) == run.rows_read


def json_is_torn(text):
    try:
        for line in text.rstrip(b"\n").split(b"\n"):
            json.loads(line)
    except json.JSONDecodeError:
        return True
    return False


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["instance_id", "model_patch", "resolved", "resolved_ids", "error_ids", "o__r-1", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.one_of(st.binary(max_size=60), anything.map(lambda value: json.dumps(value).encode())),
    st.sampled_from(["all_preds.jsonl", "preds.json", "logs/o__r-1/report.json", "results/results.json"]),
    st.booleans(),
)
@settings(max_examples=300)
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_place(content, name, with_predictions):
    files = {"z.jsonl": lines([("o__r-1", "a\n")])} if with_predictions else {}
    try:
        run = read(files | {name: content})
    except MergecheckError as error:
        for problem in getattr(error, "problems", (error,)):
            assert problem.where
        return
    assert run.rows_read == len(run.attempts) + len(run.skips)


def graded(form, verdicts):
    """Name → bytes of the same grades in one of the formats."""
    yes = [instance for instance, resolved in verdicts.items() if resolved]
    no = [instance for instance, resolved in verdicts.items() if not resolved]
    every = [*verdicts]
    documents = {
        "keyed": {f"logs/{one}/report.json": {one: {"resolved": verdicts[one]}} for one in verdicts},
        "plain": {f"logs/run_evaluation/r/m/{one}/report.json": {"resolved": verdicts[one]} for one in verdicts},
        "run": {"m.r.json": {"resolved_ids": yes, "unresolved_ids": no, "schema_version": 2}},
        "first run": {"m.q.json": {"resolved_ids": yes, "completed_ids": every, "error_ids": []}},
        "results": {"results/results.json": {"resolved": yes, "no_generation": [], "no_logs": []}},
        "first": {"report.json": {"generated": every, "with_logs": every, "applied": every, "resolved": yes}},
    }
    return {name: json.dumps(value).encode() for name, value in documents[form].items()}


formats = st.sampled_from(["keyed", "plain", "run", "first run", "results", "first"])


@given(outcomes, st.sets(formats, min_size=1))
def test_any_mixture_of_grade_formats_gives_the_same_grades(verdicts, forms):
    files = {"all_preds.jsonl": lines([(instance, "a\n") for instance in verdicts])}
    for form in forms:
        files |= graded(form, verdicts)
    run = read(files)
    assert {one.instance: one.grade for one in run.attempts} == {
        instance: Grade.RESOLVED if resolved else Grade.UNRESOLVED for instance, resolved in verdicts.items()
    }
    assert run.rows_read == len(verdicts)


@given(outcomes, st.lists(formats, min_size=2, max_size=2, unique=True), st.data())
def test_grade_formats_that_disagree_are_refused_naming_the_instance(verdicts, forms, data):
    wrong = data.draw(st.sampled_from(sorted(verdicts)))
    files = {"all_preds.jsonl": lines([(instance, "a\n") for instance in verdicts])}
    files |= graded(forms[0], verdicts) | graded(forms[1], verdicts | {wrong: not verdicts[wrong]})
    with pytest.raises(SourceError, match=f": {wrong} is resolved in "):
        read(files)


# Matrices of grades

CELLS = {
    "1": Grade.RESOLVED,
    "1.0": Grade.RESOLVED,
    "TRUE": Grade.RESOLVED,
    "0": Grade.UNRESOLVED,
    "error": Grade.ERROR,
}
cells = st.lists(st.tuples(instances, st.sampled_from([*CELLS, "", " "])), max_size=14)


def read_cells(rows, scope):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "grades.csv")
        path.write_text("model,instance_id,other\n" + "".join(f"{cell},{one},?\n" for one, cell in rows))
        return read_matrix("run", path, "model", BENCHMARK, BENCHMARK if scope is None else scope)


@given(cells, scopes)
def test_the_rows_of_a_matrix_add_up_and_two_grades_for_one_instance_are_always_refused(rows, scope):
    wanted = set(BENCHMARK) if scope is None else scope
    written = [(one, CELLS[cell]) for one, cell in rows if cell.strip()]
    grades = {one: {grade for other, grade in written if other == one} for one, _ in written if one in wanted}
    if any(len(found) > 1 for found in grades.values()):
        with pytest.raises((SourceError, Problems)):
            read_cells(rows, scope)
        return
    run = read_cells(rows, scope)
    assert run.rows_read == len(written) == len(run.attempts) + len(run.skips)
    assert {one.instance: {one.grade} for one in run.attempts} == grades
    assert set(run.not_mentioned) == wanted - grades.keys()


# Graders that disagree


@given(st.permutations(["one.json", "two.json", "three.json"]), st.tuples(outcomes, outcomes, outcomes))
def test_whoever_is_believed_is_right_and_the_others_only_fill_gaps(names, said):
    files = {
        name: json.dumps(
            {
                "resolved_ids": [one for one, resolved in each.items() if resolved],
                "unresolved_ids": [one for one, resolved in each.items() if not resolved],
            }
        ).encode()
        for name, each in zip(names, said, strict=True)
    }
    believed, *others = said
    predictions = lines([(one, "a\n") for one in BENCHMARK])
    torn = {
        one for one in BENCHMARK if one not in believed and len({each[one] for each in others if one in each}) > 1
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"all_preds.jsonl": predictions, **files}.items():
            Path(folder, name).write_bytes(content)
        if torn:
            with pytest.raises((SourceError, Problems)):
                read_submission("run", Path(folder), BENCHMARK, None, names[0])
            return
        run = read_submission("run", Path(folder), BENCHMARK, None, names[0])
    grades = {one.instance: one.grade for one in run.attempts}
    for one, resolved in believed.items():
        assert grades[one] is (Grade.RESOLVED if resolved else Grade.UNRESOLVED)
    for one in BENCHMARK:
        if one not in believed:
            rest = [each[one] for each in others if one in each]
            assert (grades[one] is Grade.UNGRADED) == (not rest)
    assert set(run.settled) == {
        one for one, resolved in believed.items() if any(each.get(one, resolved) != resolved for each in others)
    }
