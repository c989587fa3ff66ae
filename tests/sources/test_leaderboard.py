"""A leaderboard folder: its metadata, a clone of it alone, and logs that are kept elsewhere."""

import os
import subprocess
from datetime import date

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Grade, Instance
from mergecheck.sources import run as run_module
from mergecheck.sources.clone import fetch_folder
from mergecheck.sources.leaderboard import read_metadata
from mergecheck.sources.run import read_run
from mergecheck.sources.submission import read_submission
from mergecheck.study.config import SubmissionConfig

OLD = "name: Reed + Brook 3\noss: true\nsite: null\nverified: true\n"
NEW = """\
assets:
  logs: s3://a-bucket/verified/2025_reed/logs
  trajs: s3://a-bucket/verified/2025_reed/trajs
info:
  name: Reed (Brook 3)
  site: https://example.org
tags:
  checked: false
  model:
  - brook-3
  - otter-1
  org: null
"""


@pytest.fixture
def instances(benchmark_ids):
    return [Instance(one, "owner/repo", "c" * 40, "issue", "golden") for one in benchmark_ids]


@pytest.fixture
def files(row, patch, benchmark_ids):
    ids = benchmark_ids
    return {
        "all_preds.jsonl": [row(one, patch(1)) for one in ids[:3]],
        "results/results.json": {"no_generation": [], "no_logs": [], "resolved": ids[:1]},
        "metadata.yaml": OLD,
    }


def config(path, **more):
    return SubmissionConfig("run", path, "Brook 3", date(2025, 1, 1), **({"agent": ""} | more))


def test_a_folder_is_recognised_whole(write, files, instances, tmp_path, benchmark_ids):
    folder = write(files, tmp_path / "evaluation" / "verified" / "2024_reed")
    run = read_run(config(folder), instances, "SWE-bench_Verified", benchmark_ids)
    assert [one.grade for one in run.attempts if one.file] == [Grade.RESOLVED, Grade.UNRESOLVED, Grade.UNRESOLVED]
    assert run.without_patch == tuple(benchmark_ids[3:])
    assert run.notes[:2] == (
        'metadata.yaml calls this run "Reed + Brook 3"',
        'metadata.yaml suggests agent = "Reed"',
    )


def test_what_study_toml_says_needs_no_suggestion(write, files, instances, benchmark_ids):
    run = read_run(config(write(files), agent="reed"), instances, "b", benchmark_ids)
    assert not any("suggests" in note for note in run.notes)


def test_both_layouts_of_metadata(write):
    old = read_metadata(write({"metadata.yaml": OLD}))
    assert (old.name, old.models, old.logs) == ("Reed + Brook 3", (), "")
    new = read_metadata(write({"metadata.yaml": NEW}))
    assert (new.name, new.models) == ("Reed (Brook 3)", ("brook-3", "otter-1"))
    assert new.logs == "s3://a-bucket/verified/2025_reed/logs"
    assert 'metadata.yaml suggests model = "brook-3" or "otter-1"' in new.notes("Brook", "")
    assert new.notes("brook-3", "") == ['metadata.yaml calls this run "Reed (Brook 3)"']


@pytest.mark.parametrize(
    "text", ["a: [", "- 1", "", b"\xff\xfe\x00", "!!python/object:os.system {}", "info: 3\ntags: x"]
)
def test_metadata_that_cannot_be_read_stops_nothing(write, files, instances, benchmark_ids, text):
    run = read_run(config(write({**files, "metadata.yaml": text})), instances, "b", benchmark_ids)
    assert len([one for one in run.attempts if one.patch]) == 3


def test_logs_in_object_storage_are_named_with_the_command_that_fetches_them(write, benchmark_ids):
    results = {"results/results.json": {"no_generation": [], "no_logs": [], "resolved": benchmark_ids[:1]}}
    folder = write({**results, "metadata.yaml": NEW})
    with pytest.raises(SourceError, match="kept in object storage") as raised:
        read_submission("run", folder, benchmark_ids)
    assert raised.value.fix == f"aws s3 cp --recursive s3://a-bucket/verified/2025_reed/logs {folder / 'logs'}"


def test_a_readme_may_say_it_too(write, benchmark_ids):
    folder = write({"README.md": "Logs are at `gs://bucket/logs`.\n"})
    with pytest.raises(SourceError) as raised:
        read_submission("run", folder, benchmark_ids)
    assert raised.value.fix == f"gcloud storage cp --recursive gs://bucket/logs {folder / 'logs'}"


def test_an_address_cannot_smuggle_a_command_in(write, benchmark_ids):
    folder = write({"metadata.yaml": "assets:\n  logs: s3://a/$(rm -rf x);y\n"})
    with pytest.raises(SourceError) as raised:
        read_submission("run", folder, benchmark_ids)
    assert "'s3://a/$(rm -rf x);y'" in raised.value.fix


# Clones

GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}
FOLDER = "evaluation/verified/2024_reed"


@pytest.fixture
def origin(tmp_path, write, files):
    """A repository with two submissions, and a function that runs git in it."""
    root = tmp_path / "experiments"
    write(files, root / FOLDER)
    write({"all_preds.jsonl": "x" * 1000}, root / "evaluation/verified/2024_other")

    def git(*arguments):
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            check=True,
            env={**os.environ, **GIT},
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    git("config", "uploadpack.allowFilter", "true")
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    return root, git


def test_only_the_wanted_folder_is_fetched(origin, tmp_path):
    root, git = origin
    fetched = fetch_folder(f"file://{root}#{FOLDER}", tmp_path / "cache")
    assert fetched.commit == git("rev-parse", "HEAD")
    assert sorted(path.name for path in fetched.folder.iterdir()) == [
        "all_preds.jsonl",
        "metadata.yaml",
        "results",
    ]
    assert [path.name for path in fetched.folder.parent.iterdir()] == ["2024_reed"]
    missing = subprocess.run(
        ["git", "-C", str(fetched.folder), "rev-list", "--objects", "--missing=print", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert f"?{git('rev-parse', 'HEAD:evaluation/verified/2024_other/all_preds.jsonl')}" in missing
    assert not list((tmp_path / "cache").glob("*.part"))


def test_a_clone_is_kept_and_does_not_change_under_a_study(origin, tmp_path):
    root, git = origin
    address = f"file://{root}#{FOLDER}"
    first = fetch_folder(address, tmp_path / "cache")
    git("rm", "-r", "-q", FOLDER)
    git("commit", "-q", "-m", "second")
    root.rename(tmp_path / "away")
    assert fetch_folder(address, tmp_path / "cache") == first


def test_a_run_is_pulled_from_a_url(origin, tmp_path, instances, benchmark_ids, monkeypatch):
    root, git = origin
    monkeypatch.setattr(run_module, "fetch_folder", lambda url: fetch_folder(url, tmp_path / "cache"))
    address = f"file://{root}#{FOLDER}"
    run = read_run(config(tmp_path, url=address), instances, "SWE-bench_Verified", benchmark_ids)
    assert len([one for one in run.attempts if one.patch]) == 3
    # Its place in the repository still says which split it claims.
    assert len(run.without_patch) == 3
    assert any(git("rev-parse", "HEAD") in note for note in run.notes)


@pytest.mark.parametrize(
    ("address", "what", "fix"),
    [
        ("file://{root}#nowhere", "has no folder nowhere", "behind #"),
        ("file://{root}#../x", "leads out", "inside"),
        ("file:///no/such/repository", "cannot be cloned", "address"),
        (
            "https://github.com/SWE-bench/experiments/tree/main/evaluation/verified/x/",
            "address of a page",
            'path = "https://github.com/SWE-bench/experiments#evaluation/verified/x"',
        ),
    ],
)
def test_what_cannot_be_fetched_is_named(origin, tmp_path, address, what, fix):
    with pytest.raises(SourceError, match=what) as raised:
        fetch_folder(address.format(root=origin[0]), tmp_path / "cache")
    assert fix in raised.value.fix
    assert not list((tmp_path / "cache").glob("*"))


def test_a_password_in_an_address_is_not_shown(tmp_path):
    with pytest.raises(SourceError) as raised:
        fetch_folder("https://me:secret@127.0.0.1:9/x.git", tmp_path / "cache")
    assert "secret" not in str(raised.value)


def test_a_problem_in_a_clone_names_the_submission(tmp_path, instances, benchmark_ids):
    with pytest.raises(Problems, match=r"^run: "):
        read_run(config(tmp_path, url="file:///no/such/repository"), instances, "b", benchmark_ids)
