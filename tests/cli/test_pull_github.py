"""`mergecheck pull --github` on a small real study, against a local server that answers as GitHub does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from mergecheck.cli.pull_github import FETCHING, CountDown, SpokenWait
from mergecheck.store.database import Database, journal_entries
from mergecheck.store.pull_requests import load_pull_requests

TOKEN = "ghp_SecretSecretSecret0123456789"
# The study's instances are o__lib-0 to o__lib-5; 0 is no pull request's number.
NUMBERS = (1, 2, 3, 4, 5)


@pytest.fixture
def pulls(hub):
    """GitHub has them all."""
    for number in NUMBERS:
        people = {"user": {"login": "quillfeather"}, "merged_by": {"login": "zebedee"}}
        hub.add("o/lib", number, title=f"Unheard-of title {number}", **people)
    return hub


@pytest.fixture
def slept(hub, monkeypatch) -> list[float]:
    """The program sleeps by the server's clock."""
    clock = SimpleNamespace(sleep=hub.clock.sleep, time=hub.clock.now)
    monkeypatch.setattr("mergecheck.sources.github_waits.time", clock)
    return hub.clock.slept


def pull(shell, *more: str, code: int = 0):
    return shell.run("pull", "--records-only", "--github", *more, code=code)


def known(shell) -> dict[str, object]:
    with Database.open(shell.study / "study.db").reading() as connection:
        return load_pull_requests(connection)


def notes(shell) -> list[str]:
    with Database.open(shell.study / "study.db").reading() as connection:
        return [what for _, command, what in journal_entries(connection) if command == "pull --github"]


def test_what_is_fetched_is_kept_counted_and_shown(shell, pulls):
    shell.run("pull", "--records-only")
    assert shell.json("status")["pull_requests"] == 0
    assert pulls.requests == []
    done = pull(shell)
    assert list(known(shell)) == [f"o__lib-{n}" for n in NUMBERS]
    assert {one.merged_by for one in known(shell).values()} == {"zebedee"}
    assert shell.json("status")["pull_requests"] == 5
    # 6 instances, 5 known, 1 missing, 5 merged, 48 hours from created to merged.
    assert ["o/lib", "6", "5", "1", "5", "48.0"] in [line.split() for line in done.stdout.splitlines()]
    assert "5 fetched now" in done.stdout
    assert notes(shell) == ["pull requests: 5 fetched, 0 still missing"]


def test_before_it_begins_it_says_how_many_requests_and_how_long(shell, pulls, monkeypatch):
    said = pull(shell).stderr
    assert "pull requests to fetch: 5, with 15 requests at least, in about 1 min" in said
    assert "without a token 5000" not in said
    assert "without a token 60 requests an hour" in said
    assert "60 min in all" in said


def test_an_id_without_a_number_is_said_counted_and_no_failure(shell, pulls):
    done = pull(shell)
    assert "1 left out, because the id does not end in a pull request's number" in done.stderr
    assert "o__lib-0" in done.stderr
    assert "1 id does not end in a number" in done.stdout


def test_a_second_run_fetches_only_what_is_missing(shell, pulls, fake_github):
    pulls.plan("/pulls/3$", fake_github.Answer(404, {"message": "Not Found"}))
    done = pull(shell, code=1)
    assert done.stderr.count("o__lib-3") == 1
    assert "deleted, private, or never one" in done.stderr
    assert "1 not found" in done.stdout
    assert len(known(shell)) == 4
    pulls.requests.clear()
    pull(shell)
    assert {one.path.split("/")[-1] for one in pulls.requests} == {"3", "commits", "reviews"}
    assert len(pulls.requests) == 3
    pulls.requests.clear()
    assert "nothing to fetch" in pull(shell).stderr
    assert pulls.requests == []
    assert notes(shell) == [
        "pull requests: 4 fetched, 1 still missing",
        "pull requests: 1 fetched, 0 still missing",
    ]


def test_the_patches_are_applied_all_the_same(shell, pulls, fake_github):
    pulls.plan("/pulls/3$", fake_github.Answer(404, {"message": "Not Found"}))
    shell.run("pull", "--github", code=1)
    assert [one["not_made_yet"] for one in shell.json("status")["submissions"]] == [0, 0, 0]


def test_as_json_stdout_holds_the_counts_alone(shell, pulls):
    assert shell.json("pull", "--records-only", "--github")["pull_requests"] == 5


def test_a_limit_is_waited_for_with_what_is_left_on_stderr(shell, pulls, slept):
    pulls.an_hour = 7
    done = pull(shell, "--github-wait", "125")
    assert len(known(shell)) == 5
    assert sum(slept) == pytest.approx(2 * 3600, abs=4)
    said = [line for line in done.stderr.splitlines() if "GitHub's hourly rate limit: going on in" in line]
    assert said[0].endswith("in 1:00:01")
    assert len(said) == 2 * 13


def test_beyond_the_cap_it_stops_with_what_has_come_and_says_when_to_run_again(shell, pulls, slept):
    pulls.an_hour = 7
    done = pull(shell, "--github-wait", "10", code=1)
    assert slept == []
    assert list(known(shell)) == ["o__lib-1", "o__lib-2"]
    assert "not asked for, because" in done.stderr
    assert "o__lib-3, o__lib-4, o__lib-5" in done.stderr
    assert "run the command again after 2023-11-14 23:13 UTC" in done.stderr
    assert "3 not asked yet" in done.stdout
    pulls.clock.time += 3600
    pulls.an_hour = 60
    pull(shell)
    assert len(known(shell)) == 5


def test_the_network_is_down(shell, pulls, slept):
    pulls.close()
    done = pull(shell, code=1)
    assert [f"o__lib-{n}: no answer from {pulls.url}" in done.stderr for n in NUMBERS] == [True] * 3 + [False] * 2
    assert "not asked for, because" in done.stderr
    assert "3 no answer, 2 not asked yet" in done.stdout
    assert "check the network" in done.stderr
    assert known(shell) == {}


def test_the_token_is_sent_and_is_nowhere_else(shell, pulls, fake_github, monkeypatch, slept):
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    pulls.token = TOKEN
    pulls.plan("/pulls/2$", fake_github.Answer(404, {"message": f"no {TOKEN}"}))
    pulls.plan("/pulls/4$", fake_github.Answer(body=[TOKEN]))
    said = pull(shell, code=1)
    assert "without a token" not in said.stderr
    assert len(known(shell)) == 3
    pulls.token = "another"
    again = pull(shell, code=1)
    assert "refuses the token" in again.stderr
    monkeypatch.setenv("GH_TOKEN", f"{TOKEN} and more")
    bad = pull(shell, code=1)
    assert "GH_TOKEN: this is no token" in bad.stderr
    for done in (said, again, bad):
        assert "Secret" not in done.stdout + done.stderr
    for path in shell.study.rglob("*"):
        assert not path.is_file() or b"Secret" not in path.read_bytes(), path


def test_a_wrong_address_is_refused_before_anything_is_read(shell, hub, monkeypatch):
    monkeypatch.setenv("MERGECHECK_GITHUB_API", "not an address")
    assert "MERGECHECK_GITHUB_API" in pull(shell, code=1).stderr
    assert not (shell.study / "study.db").exists()


def test_a_wait_below_zero_is_a_usage_error(shell):
    pull(shell, "--github-wait", "-1", code=2)


def test_packets_hold_nothing_of_it_and_are_the_same_to_the_byte(shell, pulls):
    def assigned() -> dict[str, bytes]:
        shell.run("assign")
        return {path.name: path.read_bytes() for path in (shell.study / "packets").glob("*.packet")}

    shell.run("pull")
    without = assigned()
    for path in [*(shell.study / "packets").glob("*.packet"), shell.study / "study.db"]:
        path.unlink()
    shell.run("pull", "--github")
    assert len(known(shell)) == 5
    assert assigned() == without
    assert len(without) == 2
    for packet in (shell.study / "packets").glob("*.packet"):
        with zipfile.ZipFile(packet) as archive:
            whole = b"".join(archive.read(name) + name.encode() for name in archive.namelist())
        for word in (
            b"Unheard-of",
            b"quillfeather",
            b"zebedee",
            b"rex",
            b"github.com",
            b"/pull/",
            b"o__lib",
            b"2020-01",
        ):
            assert word not in whole


def test_after_a_kill_the_next_run_goes_on_and_ends_the_same(shell, pulls):
    """The server lets two through and then holds its breath: the program is killed while it waits."""
    answers = []

    def hold():
        answers.append(1)
        time.sleep(30)
        raise AssertionError

    pulls.plan("/pulls/3$", hold)
    shell.run("pull", "--records-only")
    victim = subprocess.Popen(
        [sys.executable, "-m", "mergecheck", "pull", "--records-only", "--github"],
        cwd=shell.study,
        env={**os.environ, "MERGECHECK_REPOS": str(shell.repos)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    began = time.monotonic()
    while not answers and time.monotonic() - began < 60:
        time.sleep(0.02)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert list(known(shell)) == ["o__lib-1", "o__lib-2"]
    pulls.planned.clear()
    pulls.requests.clear()
    pull(shell)
    assert len(known(shell)) == 5
    assert pulls.asked("/pulls/[12]") == 0


def test_on_a_terminal_a_wait_counts_down_in_the_bar(fake_github):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with Progress(TextColumn("{task.description}", markup=False), console=console, auto_refresh=False) as bar:
        task = bar.add_task(FETCHING, total=3)
        show = CountDown(bar, task)
        for left in (3661.0, 59.2, 0.0):
            show("GitHub's hourly rate limit", left)
            bar.refresh()
    said = screen.getvalue()
    order = [said.index(f"limit: going on in {text}") for text in ("1:01:01", "1:00")]
    assert order == sorted(order)
    assert said.rindex(FETCHING) > order[-1]


def test_in_a_file_a_wait_is_said_at_its_start_and_every_five_minutes(capsys):
    show = SpokenWait()
    for _ in range(2):
        for left in range(700, 0, -1):
            show("A limit", float(left))
        show("A limit", 0.0)
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert said == ["A limit: going on in 11:40", "A limit: going on in 6:40", "A limit: going on in 1:40"] * 2


def test_nothing_of_it_is_loaded_by_a_pull_without_it(shell):
    code = "import sys\nfrom mergecheck.cli.main import app\n"
    code += "try:\n    app(['pull', '--records-only'])\nexcept SystemExit as end:\n    assert not end.code\n"
    code += "assert 'github' not in sys.modules and 'mergecheck.sources.github' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=shell.study, stdout=subprocess.DEVNULL, check=True)


def test_without_pygithub_it_says_what_to_install(shell, hub):
    code = "import sys\nsys.modules['github'] = None\n"
    code += "sys.argv = ['mergecheck', 'pull', '--records-only', '--github']\n"
    code += "from mergecheck.cli.main import run\nrun()"
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.study, capture_output=True, text=True)
    assert done.returncode == 1
    assert "github is not installed" in done.stderr
    assert "mergecheck[study]" in done.stderr
