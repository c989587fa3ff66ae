"""`--show-what-is-sent`: whatever is in the answers file is told, and nothing is obeyed, held or changed."""

import json
import re
import stat
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.events import BODIES, Elsewhere, Event, EventType
from mergecheck.packet.open import Packet
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Side, Verdict
from review_ui.desk import Desk
from review_ui.meanings import BODY_MEANINGS, KINDS, MEANINGS
from review_ui.sent import FREE_TEXT, sent_page
from review_ui.shown import shown

OPTION = "--show-what-is-sent"
ACCEPT = Verdict(Decision.ACCEPT, progress=100, confidence=8, baseline_minutes=30, comment="fine\n\n  indented")
REFUSE = Verdict(
    Decision.REQUEST_CHANGES, reason="code_quality", progress=70, confidence=5, baseline_minutes=12.5, comment=""
)
SKIP = Verdict(Decision.SKIP, skip_reason="cannot_judge", comment="not my part")
HOSTILE = "\x1b[31mred\x07 \u202ebackwards\u200b\nsecond | line"
ON_A_TERMINAL = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")


def answers_path(packet: Path) -> Path:
    return packet.with_name("fox.answers.jsonl")


def answer_all(packet: Path, *, comment: str = "") -> None:
    """Two openings that leave events of every type."""
    with Desk.open(packet, front=Front.PLAIN) as desk:
        desk.show("blind-1")
        desk.pause()
        desk.resume()
        desk.lose_focus(Elsewhere.PROGRAM)
        desk.gain_focus()
        said = desk.comment(
            "blind-1",
            "one loop\nwould do",
            path="src/table.py",
            side=Side.NEW,
            start=2,
            end=3,
            excerpt="    # 1\n    return max(row)",
        )
        desk.edit_comment("blind-1", said.id, "one loop will do")
        desk.delete_comment("blind-1", said.id)
        desk.verdict("blind-1", ACCEPT)
        desk.open_guess("blind-1")
        desk.guess("blind-1", Guess(Author.HUMAN, 6, Recognised.FAMILIAR))
        desk.correct("blind-1", REFUSE, "looked again,\nand then again")
        desk.show("blind-2")
        desk.verdict("blind-2", REFUSE)
        desk.undo()
        desk.leave()
    with Desk.open(packet, front=Front.ANSWERS_FILE) as desk:
        for item in desk.queue[1:]:
            desk.show(item)
            desk.skip(item, "cannot_judge", comment)
        desk.finish()
        desk.leave()


def simulate(packet: Path) -> None:
    with Desk.open(packet, front=Front.ANSWERS_FILE, simulated=True) as desk:
        desk.show("blind-1")
        desk.spend(90)
        desk.verdict("blind-1", ACCEPT)
        desk.leave()


def told(said: str) -> dict[int, str]:
    """Number of a line → what is said of it, in the part that goes line by line."""
    part = said.partition("== What it says ==\n")[2].partition("\n== ")[0]
    pieces = re.split(r"(?m)^ *(\d+)  (?=\d{4}-\d\d-\d\d |This line)", part)
    return {int(number): text for number, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def technical(said: str) -> dict[int, tuple[str, str, str]]:
    """Number of a line → format, front and simulated; id; prev, in the part at the end."""
    found: dict[int, tuple[str, str, str]] = {}
    alike = ""
    for line in said.partition("== The technical fields of each line ==\n")[2].split("\n"):
        if match := re.fullmatch(r"Lines? \d+(?: to \d+)?: (.*)", line):
            alike = match[1]
        elif match := re.fullmatch(r" *(\d+)  id (\S+)", line):
            found[int(match[1])] = (alike, match[2], "")
        elif match := re.fullmatch(r" {6}prev (.*)", line):
            last = max(found)
            found[last] = (*found[last][:2], match[1])
    return found


def missing(said: str, raw: bytes, queue: list[str]) -> list[str]:
    """Every key or value of the file that is not in what was said, at its own place. Reads the file as JSON."""
    gone: list[str] = []
    lines, more = told(said), technical(said)

    def want(number: int, pattern: str, text: str, name: str) -> None:
        if not re.search(pattern, text, re.MULTILINE):
            gone.append(f"line {number}: {name}")

    events = [json.loads(line) for line in raw.splitlines()]
    assert set(lines) == set(more) == {event["seq"] for event in events}
    for event in events:
        number = event["seq"]
        text, (alike, identity, prev) = lines[number], more[number]
        head = text.split("\n")[0]
        assert event["at"].endswith("+00:00")
        want(number, re.escape(event["at"][:10] + " " + event["at"][11:23]), head, "at")
        want(number, rf"{event['type']}(  SIMULATED)?( \([^()]+\))?$", head, "type")
        if event["item"] is not None:
            place = queue.index(event["item"]) + 1
            want(number, rf"\bitem {place}: ", head, "item")
            want(number, rf"^ +item {place} +{re.escape(event['item'])}$", said, "the item's id")
        made = f"format {event['format']}, front {event['front']}, simulated {json.dumps(event['simulated'])}"
        if (alike, identity, prev) != (made, event["id"], event["prev"]):
            gone.append(f"line {number}: technical fields")
        for name, value in event["body"].items():
            want(number, _told_as(name, value), text, f"{name} = {value!r}")
    return gone


def _told_as(name: str, value: object) -> str:
    if value is None:
        return rf"^ +not given +.*\b{name}\b"
    if value == "":
        return rf"^ +{name} +\(empty\)$"
    if isinstance(value, str) and ("\n" in value or name in FREE_TEXT):
        return rf"^ +{name}\n" + "\n".join(r" +\| " + re.escape(line) for line in value.split("\n")) + r"$"
    return rf"\b{name} +{re.escape(value if isinstance(value, str) else json.dumps(value))}(,|$)"


def ask(talk, packet: Path, code: int = 0, **options) -> str:
    said, ended = talk(packet, OPTION, **options).end()
    assert ended == code, said
    assert "Traceback" not in said
    return said


def test_all_of_a_review_is_told(packet, talk):
    answer_all(packet, comment="Größe,\n\n   naïve [bold]x[/bold]")
    raw = answers_path(packet).read_bytes()
    with Packet.open(packet) as opened:
        queue = list(opened.manifest.items)
    assert {json.loads(line)["type"] for line in raw.splitlines()} == set(EventType)
    said = ask(talk, packet)
    assert missing(said, raw, queue) == []
    assert f"Size: {len(raw)} bytes. Lines: {len(raw.splitlines())} (opened 2, " in said
    assert str(answers_path(packet)) in said
    assert "SIMULATED" not in said


def test_the_check_notices_what_is_not_told(packet, talk):
    """Each value of the file changed in turn: what was said of the file before is no longer all."""
    answer_all(packet, comment="one")
    raw = answers_path(packet).read_bytes()
    queue = [f"blind-{number}" for number in range(1, 7)]
    said = ask(talk, packet)
    lines = raw.splitlines(keepends=True)
    for number, line in enumerate(lines):
        event = json.loads(line)
        for name in event["body"]:
            changed = {**event, "body": {**event["body"], name: "quite another value"}}
            other = b"".join([*lines[:number], json.dumps(changed).encode() + b"\n", *lines[number + 1 :]])
            assert missing(said, other, queue) == [f"line {number + 1}: {name} = 'quite another value'"]


def test_every_field_and_every_type_has_its_meaning():
    assert set(KINDS) == set(EventType)
    assert set(MEANINGS) == set(Event.model_fields)
    assert set(BODY_MEANINGS) == {name for body in BODIES.values() for name in body.model_fields}


def test_the_meaning_of_all_that_is_in_the_file_is_said(packet, talk):
    answer_all(packet)
    said = ask(talk, packet)
    for name, meaning in {**MEANINGS, **BODY_MEANINGS}.items():
        assert re.search(rf"^ +{name} +\({re.escape(meaning)}\)$", said, re.MULTILINE), name
    for kind, meaning in KINDS.items():
        assert len(re.findall(rf"\b{kind} \({re.escape(meaning)}\)\n", said)) == 1, kind


printable = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]).filter(lambda c: shown(c) == c),
    max_size=30,
)
text = st.lists(printable, min_size=1, max_size=4).map("\n".join)
verdicts = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(Decision),
        "reason": st.none() | printable.filter(lambda t: t == t.strip()),
        "progress": st.none() | st.integers(0, 100),
        "confidence": st.none() | st.integers(1, 10),
        "baseline_minutes": st.none() | st.floats(0.01, 1e5).map(lambda number: round(number, 2)),
        "comment": text,
        "skip_reason": st.none() | st.sampled_from(["cannot_judge", "other"]),
    }
)
bodies = st.one_of(
    st.tuples(st.just(EventType.VERDICT), verdicts),
    st.tuples(st.just(EventType.CORRECTION), st.builds(lambda v, why: v | {"why": why or "."}, verdicts, text)),
    st.tuples(st.sampled_from([EventType.SHOWN, EventType.UNDONE, EventType.GUESS_OPENED]), st.just({})),
    st.tuples(
        st.just(EventType.TIME),
        st.fixed_dictionaries({"active_seconds": st.integers(0, 9999), "wall_seconds": st.integers(0, 9999)}),
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(drawn=st.lists(st.tuples(bodies, st.sampled_from(["blind-1", "blind-4"]), st.booleans()), max_size=8))
def test_whatever_is_recorded_is_told(packet, drawn):
    raw = b""
    for seq, ((kind, body), item, simulated) in enumerate(drawn, start=1):
        event = Event(
            seq=seq,
            prev=f"{seq:064x}",
            at=f"2026-05-0{seq}T10:00:00.{seq:03}+00:00",
            front=Front.PLAIN if seq % 3 else Front.ANSWERS_FILE,
            simulated=simulated,
            type=kind,
            item=item,
            body=body,
        ).sealed()
        raw += event.line() + b"\n"
    with Packet.open(packet) as opened:
        said = "\n".join(line.plain for line in sent_page(opened, raw))
        queue = list(opened.manifest.items)
    if raw:
        assert missing(said, raw, queue) == []
    assert ("SIMULATED" in said) == any(simulated for _, _, simulated in drawn)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_whatever_bytes_there_are_stand_there_and_have_no_effect(packet, raw):
    with Packet.open(packet) as opened:
        page = sent_page(opened, raw, wrong="what is wrong")
    said = "\n".join(line.plain for line in page)
    assert {unicodedata.category(character) for line in page for character in line.plain}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    for part in raw.split(b"\n"):
        assert shown(part.decode("utf-8", "backslashreplace")) in said
    assert f"Size: {len(raw)} bytes" in said if raw else "Nothing is recorded yet" in said


def test_a_comment_s_escapes_are_shown_and_not_obeyed(packet, talk):
    answer_all(packet, comment=HOSTILE)
    said = ask(talk, packet)
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(said)
    assert "         | ␛[31mred␇ \\u202ebackwards\\u200b\n         | second | line\n" in said


def test_simulated_answers_are_marked(packet, talk):
    simulate(packet)
    count = len(answers_path(packet).read_bytes().splitlines())
    said = ask(talk, packet)
    assert f"SIMULATED: {count} of {count} lines were made by a program" in said
    assert [number for number, text in told(said).items() if "SIMULATED" in text] == list(range(1, count + 1))


@pytest.mark.parametrize("empty", [False, True])
def test_nothing_is_recorded_yet(packet, talk, empty):
    if empty:
        answers_path(packet).touch()
    said = ask(talk, packet)
    assert "Nothing is recorded yet: " + ("the file is empty" if empty else "there is no such file") in said
    assert str(answers_path(packet)) in said
    assert answers_path(packet).exists() == empty


def test_drafts_are_not_sent_and_where_they_are_is_said(packet, talk):
    said = ask(talk, packet)
    assert "fox.drafts.json beside it; there are none now" in said
    with Desk.open(packet, front=Front.PLAIN) as desk:
        desk.save_draft("blind-1", {"comment": "half of a thought"})
        said = ask(talk, packet)
    assert "fox.drafts.json beside it; there are some now" in said
    assert "half of a thought" not in said


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    files = [folder, *folder.rglob("*")]
    return {
        str(path): (
            path.stat().st_mtime_ns,
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else b"",
        )
        for path in files
    }


def test_it_works_beside_an_open_review_and_changes_nothing(packet, talk):
    with Desk.open(packet, front=Front.PLAIN) as desk:
        desk.show("blind-1")
        desk.verdict("blind-1", SKIP)
        before = everything(packet.parent)
        said = ask(talk, packet)
        assert everything(packet.parent) == before
        assert "not my part" in said
        desk.show("blind-2")
    assert "item 2: shown" in ask(talk, packet)


def test_it_takes_no_lock(packet, talk):
    """While it waits to be read, a review can be opened."""
    answer_all(packet, comment="x" * 300_000)
    asked = talk(packet, OPTION)
    assert asked.read(30)
    with Packet.open(packet) as opened:
        AnswersFile.open(answers_path(packet), opened.digest, front=Front.PLAIN).close()
    assert asked.process.poll() is None


def test_a_folder_that_is_read_only_will_do(packet, talk):
    answer_all(packet)
    packet.parent.chmod(0o555)
    answers_path(packet).chmod(0o444)
    try:
        before = everything(packet.parent)
        assert "item 1: verdict" in ask(talk, packet)
        assert everything(packet.parent) == before
    finally:
        packet.parent.chmod(0o755)


def test_a_torn_last_line_is_in_the_file_and_is_told(packet, talk):
    answer_all(packet)
    whole = answers_path(packet).read_bytes()
    torn = b'{"format":1,"id":"12","body":{"comment":"half of'
    answers_path(packet).write_bytes(whole + torn)
    said = ask(talk, packet)
    assert f"{len(torn)} bytes of a line without its end" in said
    assert f"| {torn.decode()}\n" in said
    assert missing(said, whole, [f"blind-{number}" for number in range(1, 7)]) == []
    assert answers_path(packet).read_bytes() == whole + torn
    answers_path(packet).write_bytes(torn)
    assert torn.decode() in ask(talk, packet)


def edited(packet: Path, number: int, old: bytes, new: bytes) -> None:
    lines = answers_path(packet).read_bytes().splitlines(keepends=True)
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    answers_path(packet).write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("old", "new", "error", "seen"),
    [
        (b'"comment":"fine', b'"comment":"edited', "the file was changed after it was written", "| edited"),
        (
            b'"comment":',
            b'"comment":"twice","comment":',
            "the file was changed after it was written",
            '":"twice",',
        ),
        (b'"comment":', b'"remark":"of ours","comment":', "Extra inputs", "remark            of ours"),
        (b"{", b"edited \x1b[2J", "not JSON", "| edited ␛[2J"),
        (b'"format":1', b'"format":4', "newer mergecheck", "format 4"),
        (b'"seq":', b'"seq":7', "is numbered", "numbered 7"),
        (b"verdict", b"guessed", "type", '"type":"guessed"'),
    ],
)
def test_of_a_damaged_file_all_is_told_and_the_error_too(packet, talk, old, new, error, seen):
    answer_all(packet)
    raw = answers_path(packet).read_bytes()
    number = next(n for n, line in enumerate(raw.splitlines(), start=1) if b'"type":"verdict"' in line)
    edited(packet, number, old, new)
    said = ask(talk, packet, code=1)
    assert "This file will not be taken: " in said
    assert error in said
    assert f"line {number}" in said
    assert set(told(said)) == set(range(1, len(raw.splitlines()) + 1))
    assert seen in told(said)[number] + technical(said).get(number, ("",))[0]
    assert "looked again" in said


def test_answers_to_another_packet_are_told_and_refused(packet, make_packet, talk):
    answer_all(packet)
    other = make_packet("other/fox.zip", items=1)
    answers_path(other).write_bytes(answers_path(packet).read_bytes().replace(b"blind-", b"green-"))
    said = ask(talk, other, code=1)
    assert "item green-1 (none of this packet's): verdict" in said
    assert "looked again" in said


def test_a_packet_in_the_place_of_the_answers_is_refused(packet, talk):
    answers_path(packet).write_bytes(packet.read_bytes())
    said = ask(talk, packet, code=1)
    assert "this is a packet, not the answers to it" in said
    assert "What it says" not in said


@ON_A_TERMINAL
def test_a_terminal_of_80_columns(packet, talk):
    words = " ".join(f"word{number}" for number in range(60))
    answer_all(packet, comment=words + "\n" + "y" * 200)
    said = ask(talk, packet, pty=True, COLUMNS="80", NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    paths = [line for line in plain.split("\n") if str(packet.parent)[:20] in line]
    assert max(len(line) for line in plain.split("\n") if line not in paths) <= 80
    comment = re.findall(r"(?m)^ {9}\| ((?:word\d+ ?)+)$", plain)
    assert "".join(row.strip() + " " for row in comment).split()[:60] == words.split()
    assert "… " not in plain


def test_a_reader_who_goes_away_is_no_defect(packet):
    answer_all(packet, comment="x" * 300_000)
    command = [sys.executable, "-m", "mergecheck", "review", str(packet), OPTION]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_another_way_beside_it_is_a_usage_error(packet, talk):
    said, code = talk(packet, OPTION, "--list").end()
    assert code == 2
    assert OPTION in said


def test_a_review_says_how_to_see_it(packet, talk):
    with Desk.open(packet, front=Front.PLAIN) as desk:
        for item in desk.queue:
            desk.show(item)
            desk.skip(item, "cannot_judge")
        desk.leave()
    conversation = talk(packet, "--plain")
    assert f"mergecheck review PACKET {OPTION}" in conversation.expect("Enter begins", "")
    conversation.expect("f finishes", "f")
    said, code = conversation.end()
    assert code == 0
    assert f"mergecheck review {packet} {OPTION}" in said
