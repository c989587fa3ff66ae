"""The answers file: whole, chained, one process at a time, and nothing lost."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from mergecheck.errors import AnswersError
from mergecheck.packet.answers import AnswersFile, read_answers
from mergecheck.packet.events import EventType, GuessBody, TimeBody, VerdictBody
from mergecheck.packet.outcome import fold, merge
from mergecheck.records import Author, Decision, Front, Recognised

DIGEST = "d" * 64


def open_answers(path, digest=DIGEST, **options):
    return AnswersFile.open(path, digest, front=Front.PLAIN, **options)


def verdict(progress=50, decision=Decision.REQUEST_CHANGES):
    return VerdictBody(
        decision=decision,
        reason="code_quality",
        progress=progress,
        confidence=5,
        baseline_minutes=10,
        comment="ü\n",
    )


@pytest.fixture
def answers(tmp_path):
    """A file with six events on two items."""
    path = tmp_path / "fox.answers.jsonl"
    with open_answers(path) as file:
        file.append(EventType.SHOWN, "one")
        file.append(EventType.VERDICT, "one", verdict(10))
        file.append(EventType.GUESS_OPENED, "one")
        file.append(EventType.GUESS, "one", GuessBody(author=Author.AI, confidence=3, recognised=Recognised.NO))
        file.append(EventType.VERDICT, "two", verdict(20))
        file.append(EventType.LEFT)
    return path


def refused(path, digest=DIGEST) -> AnswersError:
    before = path.read_bytes()
    with pytest.raises(AnswersError) as caught:
        open_answers(path, digest)
    assert path.read_bytes() == before
    assert str(path) in caught.value.where
    return caught.value


def test_what_was_appended_is_read_again(answers):
    events = read_answers(answers).events
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[0].prev == DIGEST
    assert fold(events)["one"].final.comment == "ü\n"
    assert all(line.isascii() for line in answers.read_bytes().splitlines())


@pytest.mark.parametrize("keep", range(1, 60, 7))
def test_a_torn_last_line_is_set_aside(answers, keep):
    whole = answers.read_bytes()
    lines = whole.splitlines(keepends=True)
    torn = lines[-1][:keep]
    answers.write_bytes(b"".join(lines[:-1]) + torn)
    with open_answers(answers) as file:
        assert file.recovered == torn
        assert len(file.events) == 5
        file.append(EventType.LEFT)
    assert len(read_answers(answers).events) == 6
    (aside,) = answers.parent.glob("*.torn-*")
    assert aside.read_bytes() == torn


def test_a_whole_line_without_its_end_was_never_saved(answers):
    answers.write_bytes(answers.read_bytes()[:-1])
    with open_answers(answers) as file:
        assert len(file.events) == 5
        assert json.loads(file.recovered)["type"] == "left"


def test_a_changed_line_is_refused_with_its_number(answers):
    lines = answers.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"progress":10', b'"progress":90')
    answers.write_bytes(b"".join(lines))
    assert "line 2" in refused(answers).where


def test_a_changed_last_line_is_refused_too(answers):
    lines = answers.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"at":"2', b'"at":"1')
    answers.write_bytes(b"".join(lines))
    assert f"line {len(lines)}" in refused(answers).where


@pytest.mark.parametrize(("number", "named"), [(0, 1), (2, 3), (4, 5)])
def test_a_dropped_line_is_refused_with_its_number(answers, number, named):
    lines = answers.read_bytes().splitlines(keepends=True)
    del lines[number]
    answers.write_bytes(b"".join(lines))
    assert f"line {named}" in refused(answers).where


def test_swapped_and_repeated_lines_are_refused(answers):
    lines = answers.read_bytes().splitlines(keepends=True)
    answers.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert "line 2" in refused(answers).where
    answers.write_bytes(b"".join([*lines[:3], *lines[2:]]))
    assert "line 4" in refused(answers).where


def test_a_shuffled_file_is_refused(answers):
    lines = answers.read_bytes().splitlines(keepends=True)
    for seed in range(20):
        order = lines[:]
        random.Random(seed).shuffle(order)
        if order != lines:
            answers.write_bytes(b"".join(order))
            refused(answers)


@pytest.mark.parametrize("line", [b"not json\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b'{"format":"x"}\n', b"\n"])
def test_what_is_no_event_is_refused_with_its_number(answers, line):
    answers.write_bytes(answers.read_bytes() + line)
    error = refused(answers)
    assert "line 7" in error.where
    assert error.fix


def test_a_saved_copy_with_other_line_ends_is_refused(answers):
    answers.write_bytes(answers.read_bytes().replace(b"\n", b"\r\n"))
    refused(answers)


def test_answers_to_another_packet_are_refused(answers):
    assert "another packet" in refused(answers, digest="e" * 64).what


def test_a_newer_format_says_so(answers):
    answers.write_bytes(answers.read_bytes() + b'{"format":99,"new":true}\n')
    error = refused(answers)
    assert "format 99" in error.what
    assert "newer mergecheck" in error.fix


def test_simulated_and_real_answers_are_never_mixed(answers, tmp_path):
    with pytest.raises(AnswersError, match="real answers"):
        open_answers(answers, simulated=True)
    simulated = tmp_path / "simulated.jsonl"
    with open_answers(simulated, simulated=True) as file:
        assert file.append(EventType.SHOWN, "one").simulated
    with pytest.raises(AnswersError, match="simulated answers"):
        open_answers(simulated)


def test_a_second_process_is_refused_and_the_lock_dies_with_the_first(tmp_path):
    path = tmp_path / "fox.answers.jsonl"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), DIGEST], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        assert "another program" in refused(path).what
        holder.send_signal(signal.SIGKILL)
    with open_answers(path) as file:
        assert len(file.events) == 1


HOLD = """
import sys
from pathlib import Path
from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.events import EventType
from mergecheck.records import Front
file = AnswersFile.open(Path(sys.argv[1]), sys.argv[2], front=Front.PLAIN)
file.append(EventType.SHOWN, "one")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folder permissions of Windows are other ones")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        # Root may write anywhere, so for a moment this is somebody else.
        os.seteuid(65534)
    try:
        with pytest.raises(AnswersError, match="cannot be written") as caught:
            open_answers(folder / "fox.answers.jsonl")
    finally:
        if root:
            os.seteuid(0)
    assert "copy the packet" in caught.value.fix


FULL = """
import resource, sys
from pathlib import Path
from mergecheck.errors import AnswersError
from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.events import EventType, VerdictBody
from mergecheck.records import Decision, Front
path, room = Path(sys.argv[1]), int(sys.argv[2])
body = VerdictBody(decision=Decision.ACCEPT, progress=100, confidence=5, baseline_minutes=1, comment="x" * 200)
with AnswersFile.open(path, sys.argv[3], front=Front.PLAIN) as file:
    file.append(EventType.VERDICT, "one", body)
    before = path.read_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, resource.RLIM_INFINITY))
    try:
        file.append(EventType.VERDICT, "two", body)
    except AnswersError as error:
        print(error)
    assert path.read_bytes() == before, "a refused event left bytes behind"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    file.append(EventType.VERDICT, "three", body)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_a_full_disk_loses_nothing(tmp_path, room):
    path = tmp_path / "fox.answers.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(room), DIGEST], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "could not be saved" in done.stdout
    assert "make room" in done.stdout
    assert list(fold(read_answers(path).events)) == ["one", "three"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
def test_a_torn_line_that_cannot_be_set_aside_is_kept(answers):
    import resource

    answers.write_bytes(answers.read_bytes() + b'{"torn')
    before = answers.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, limits[1]))
    try:
        with pytest.raises(AnswersError, match="set aside"):
            open_answers(answers)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert answers.read_bytes() == before
    assert list(answers.parent.glob("*.torn-*")) == []


INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.events import EventType
from mergecheck.records import Front
armed, interrupts = False, 0
def interrupt(number, frame):
    # Python's own, but only where it is caught below.
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
with AnswersFile.open(Path(sys.argv[1]), sys.argv[2], front=Front.PLAIN) as file:
    print("ready", flush=True)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            armed = True
            while time.monotonic() < until:
                # Long and short ones in turn, so that one written over another leaves a remainder.
                file.append(EventType.SHOWN, "x" * 500)
                file.append(EventType.LEFT)
            armed = False
        except KeyboardInterrupt:
            interrupts += 1
    print(interrupts, len(file.events), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_never_parts_the_file_from_what_is_known_of_it(tmp_path):
    path = tmp_path / "fox.answers.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(path), DIGEST], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        until = time.monotonic() + 1.8
        while time.monotonic() < until:
            process.send_signal(signal.SIGINT)
            time.sleep(random.random() / 200)
        interrupts, written = map(int, process.stdout.readline().split())
    assert interrupts > 10
    assert len(read_answers(path).events) == written


def test_active_time_is_that_of_the_verdict_that_the_analysis_uses(tmp_path):
    """Powers of two, so that the sum says which of them are in it."""
    path = tmp_path / "fox.answers.jsonl"
    powers = iter(range(20))

    def after(file, kind, body=None):
        file.append(EventType.TIME, "one", TimeBody(active_seconds=2 ** next(powers), wall_seconds=1000))
        file.append(kind, "one", body)
        return fold(file.events)["one"].active_seconds

    with open_answers(path) as file:
        assert after(file, EventType.SHOWN) == 0b1
        assert after(file, EventType.VERDICT, verdict(10)) == 0b11
        assert after(file, EventType.VERDICT, verdict(20)) == 0b111
        assert after(file, EventType.UNDONE) == 0b11
        assert after(file, EventType.VERDICT, verdict(30)) == 0b11111
        assert after(file, EventType.GUESS_OPENED) == 0b11111
        guess = GuessBody(author=Author.AI, confidence=3, recognised=Recognised.NO)
        assert after(file, EventType.GUESS, guess) == 0b11111
        assert after(file, EventType.SHOWN) == 0b11111
        # On a second machine, where the question was not open yet: no verdict for analysis either.
        assert after(file, EventType.VERDICT, verdict(40)) == 0b11111


def at(minute: int) -> datetime:
    return datetime(2024, 5, 1, 12, tzinfo=UTC) + timedelta(minutes=minute)


def test_files_of_two_machines_merge_by_event(tmp_path):
    """Begun on one, copied, gone on with on both: every event once, and the later verdict holds."""
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    with open_answers(first) as file:
        file.append(EventType.VERDICT, "one", verdict(10), at=at(0))
    shutil.copy(first, second)
    with open_answers(first) as file:
        file.append(EventType.VERDICT, "two", verdict(20), at=at(10))
        file.append(EventType.VERDICT, "three", verdict(31), at=at(30))
    with open_answers(second) as file:
        file.append(EventType.VERDICT, "three", verdict(30), at=at(20))
        file.append(EventType.VERDICT, "four", verdict(40), at=at(40))
    one, two = read_answers(first).events, read_answers(second).events
    merged = merge([one, two])
    assert len(merged) == 5
    assert merge([two, one, two]) == merged
    assert {item: review.final.progress for item, review in fold(merged).items()} == {
        "one": 10,
        "two": 20,
        "three": 31,
        "four": 40,
    }


def test_a_clock_set_back_does_not_turn_a_file_round(tmp_path):
    path = tmp_path / "a.jsonl"
    with open_answers(path) as file:
        file.append(EventType.VERDICT, "one", verdict(10), at=at(60))
        file.append(EventType.VERDICT, "one", verdict(20), at=at(0))
    assert fold(merge([read_answers(path).events]))["one"].final.progress == 20
