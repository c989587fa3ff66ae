"""What a run does not mention: `missing`, its default, and what the study and its rates make of it."""

from datetime import date
from pathlib import Path

import pytest

from mergecheck.records import Disposition, Grade, Instance, Submission
from mergecheck.sources.missing import leaderboard_split, settle_missing
from mergecheck.sources.run import read_run
from mergecheck.stats.frames import check_reviews
from mergecheck.stats.scope import score
from mergecheck.store.attempts import Pulled, pending, save_benchmark, save_submission
from mergecheck.store.counts import count_study
from mergecheck.store.database import Database
from mergecheck.store.frames import attempts_frame, reviews_frame
from mergecheck.study.config import SubmissionConfig


@pytest.fixture
def instances(benchmark_ids):
    return [Instance(one, "owner/repo", "c" * 40, "issue", "golden") for one in benchmark_ids]


@pytest.fixture
def run_of(write, row, patch, instances):
    """A run over the first three of six instances, read with `missing` as given."""

    def reading(missing=None, files=None, root=None, scope=None):
        ids = [one.id for one in instances]
        rows = [row(one, patch(1)) for one in ids[:3]]
        folder = write({"all_preds.jsonl": rows, **(files or {})}, *([root] if root else []))
        config = SubmissionConfig("run", folder, "M", date(2025, 1, 1), "", missing)
        return read_run(config, instances, "b", ids if scope is None else scope)

    return reading


def report(ids, total):
    return {
        "total_instances": total,
        "resolved_ids": ids[:1],
        "unresolved_ids": ids[1:3],
        "completed_ids": ids[:3],
    }


def test_by_default_what_is_not_mentioned_is_excluded(run_of, benchmark_ids):
    run = run_of()
    assert run.not_mentioned == tuple(benchmark_ids[3:])
    assert (len(run.attempts), run.without_patch) == (3, ())
    assert 'missing = "exclude" (the default: nothing says' in run.notes[-1]


def test_a_run_report_about_the_whole_split_makes_it_unresolved(run_of, benchmark_ids):
    run = run_of(files={"m.run.json": report(benchmark_ids, 6)})
    assert run.not_mentioned == ()
    assumed = [one for one in run.attempts if one.instance in run.without_patch]
    assert [one.instance for one in assumed] == benchmark_ids[3:]
    assert {one.grade for one in assumed} == {Grade.UNRESOLVED}
    assert "m.run.json is about all 6" in assumed[0].grade_source
    assert run.rows_read == len(run.attempts) - len(assumed) + len(run.skips)


def test_a_run_report_about_fewer_does_not(run_of, benchmark_ids):
    assert run_of(files={"m.run.json": report(benchmark_ids, 3)}).without_patch == ()


@pytest.mark.parametrize(("choice", "number"), [("unresolved", 0), ("exclude", 3)])
def test_study_toml_decides_against_the_default(run_of, benchmark_ids, choice, number):
    total = 3 if choice == "unresolved" else 6
    run = run_of(choice, {"m.run.json": report(benchmark_ids, total)})
    assert len(run.not_mentioned) == number
    assert f'missing = "{choice}" (study.toml says so)' in run.notes[-1]


def test_only_the_scope_counts(run_of, benchmark_ids):
    run = run_of("unresolved", scope=[*benchmark_ids[:3], benchmark_ids[5]])
    assert run.without_patch == (benchmark_ids[5],)


def test_nothing_is_said_where_every_instance_is_mentioned(run_of, benchmark_ids):
    assert run_of(scope=benchmark_ids[:3]).notes == ()
    assert settle_missing("run", (), "unresolved", "").note == ""


@pytest.mark.parametrize(
    ("path", "benchmark", "instances", "claims"),
    [
        ("/x/evaluation/verified/2024_a", "SWE-bench/SWE-bench_Verified", 19, True),
        ("/x/evaluation/bash-only/2024_a", "/data/SWE-bench_Verified/data/t.parquet", 500, True),
        ("/x/evaluation/verified/2024_a/preds.json", "rows.jsonl", 500, True),
        ("/x/evaluation/lite/2024_a", "SWE-bench/SWE-bench_Verified", 500, False),
        ("/x/evaluation/verified/2024_a", "rows.jsonl", 499, False),
        ("/x/evaluation/verified", "SWE-bench_Verified", 500, False),
        ("/x/runs/verified/a", "SWE-bench_Verified", 500, False),
    ],
)
def test_the_leaderboard_s_folder_of_the_split_claims_it_whole(path, benchmark, instances, claims):
    assert bool(leaderboard_split(Path(path), benchmark, instances)) is claims


@pytest.fixture
def kept(tmp_path, instances):
    """Save a run in a study's database; its counts and its scored attempts."""
    database = Database.open(tmp_path / "study.db", create=True)

    def keep(run):
        with database.writing() as connection:
            save_benchmark(connection, instances, {one.id for one in instances})
            save_submission(
                connection,
                Pulled(
                    Submission("run", "M", date(2025, 1, 1), ""),
                    run.attempts,
                    run.skips,
                    run.rows_read,
                    run.formats,
                    run.notes,
                    run.not_mentioned,
                    run.without_patch,
                ),
            )
            frame = attempts_frame(connection)
            reviews = check_reviews(reviews_frame(connection, frame), frame)
            waiting = {one.instance for one in pending(connection, "rules")}
            (count,) = count_study(connection).submissions
        return count, score(frame, reviews).set_index("instance"), waiting

    return keep


def test_an_assumed_attempt_is_in_the_scope_as_failed_and_has_nothing_to_make(kept, run_of, benchmark_ids):
    count, scored, waiting = kept(run_of("unresolved"))
    assert (count.attempts, count.assumed, count.not_run, count.with_patch) == (3, 3, 0, 3)
    assert count.rows_read == count.attempts + sum(count.skips.values())
    left = scored.loc[benchmark_ids[3:]]
    assert set(left["disposition"]) == {Disposition.NO_PATCH}
    assert left["in_scope"].all()
    assert not left["passed"].any()
    assert waiting == set(benchmark_ids[:3])


def test_an_excluded_one_is_out_of_it_and_the_choice_can_be_changed_back_and_forth(kept, run_of, benchmark_ids):
    for _ in range(2):
        kept(run_of("unresolved"))
        count, scored, waiting = kept(run_of("exclude"))
        assert (count.attempts, count.assumed, count.not_run) == (3, 0, 3)
        assert not scored.loc[benchmark_ids[3:], "in_scope"].any()
        assert waiting == set(benchmark_ids[:3])


def test_what_was_not_run_and_now_is_has_its_change_made(kept, run_of, write, row, patch, benchmark_ids):
    kept(run_of("exclude"))
    run = run_of(
        "exclude", {"all_preds.jsonl": [row(one, patch(1) if one else None) for one in benchmark_ids[:4]]}
    )
    assert kept(run)[2] == set(benchmark_ids[:4])


def test_real_runs_by_default(shared):
    from mergecheck.sources.benchmark import load_benchmark

    source = str(shared / "SWE-bench_Verified")
    verified = load_benchmark(source)
    scope = [one.id for one in verified]
    found = {}
    for path in (
        "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet",
        "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118",
        "runs/minimax-m2.5",
        "runs/claude-opus-4.5",
        "runs/gpt-4-1106",
    ):
        run = read_run(SubmissionConfig("run", shared / path, "M", date(2025, 1, 1), ""), verified, source, scope)
        found[path.rsplit("/", 1)[-1]] = (len(run.without_patch), len(run.not_mentioned))
    # One Sphinx instance of the first is left out of the data; minimax submitted 486; opus ran on 100, and 93 of
    # the Lite predictions are in Verified.
    assert list(found.values()) == [(1, 0), (0, 0), (14, 0), (0, 400), (0, 407)]


def test_grades_without_patches_count_in_the_pass_rate_and_are_never_reviewable(
    kept, instances, benchmark_ids, tmp_path
):
    path = tmp_path / "grades.csv"
    path.write_text("id,m\n" + "".join(f"{one},{n % 2}\n" for n, one in enumerate(benchmark_ids[:4])))
    config = SubmissionConfig("run", path, "M", date(2025, 1, 1), "")
    count, scored, waiting = kept(read_run(config, instances, "b", benchmark_ids))
    assert (count.attempts, count.resolved, count.with_patch, count.not_run) == (4, 2, 0, 2)
    assert (scored["in_scope"].sum(), scored["passed"].sum()) == (4, 2)
    assert set(scored.loc[benchmark_ids[:4], "disposition"]) == {Disposition.NO_PATCH}
    assert (waiting, count.candidates) == (set(), 0)
