"""The chain, command by command, in real processes on a small real study."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest


@pytest.fixture
def assigned(shell):
    shell.run("pull")
    shell.run("assign")
    return shell


def packets(shell) -> list[Path]:
    return sorted((shell.study / "packets").glob("*.packet"))


@pytest.fixture
def review_all(answers):
    def review(shell) -> None:
        for packet in packets(shell):
            given = packet.with_suffix(".in.jsonl")
            given.write_text(answers(packet))
            shell.run("review", str(packet), "--answers-from", str(given))

    return review


def test_pull_counts_what_was_read_and_what_became_of_it(shell):
    counts = shell.json("pull")
    assert counts["instances"] == 6
    assert shell.json("status") == counts
    golden, brook, otter = counts["submissions"]
    assert (golden["submission"], golden["resolved"]) == ("golden", 6)
    assert (brook["with_patch"], brook["resolved"], brook["dispositions"]) == (6, 3, {"reviewable": 6})
    assert (otter["resolved"], otter["same_as_golden"]) == (5, 1)
    # brook and otter wrote the same for issue 1; otter and golden for issue 0.
    assert counts["candidates"] == 6 + 6 + 4
    assert otter["shared_with_another"] == 2


def test_pull_again_changes_nothing_and_a_changed_patch_is_made_anew(shell):
    first = shell.json("pull")
    assert shell.json("pull") == first
    preds = shell.study / "brook" / "all_preds.jsonl"
    preds.write_text(preds.read_text().replace("x + 2", "x + 3"))
    counts = shell.json("pull")
    assert counts["candidates"] == first["candidates"] + 3
    assert shell.json("status")["submissions"][1]["not_made_yet"] == 0


def test_packets_say_nothing_of_sources_and_are_written_again_to_the_byte(assigned):
    before = {path.name: path.read_bytes() for path in packets(assigned)}
    assert len(before) == 2
    for packet in packets(assigned):
        with zipfile.ZipFile(packet) as archive:
            whole = b"".join(archive.read(name) + name.encode() for name in archive.namelist()).lower()
        for word in (b"brook", b"otter", b"golden", b"o__lib", b"resolved", b"2024", b"2025"):
            assert word not in whole
        packet.unlink()
    assert assigned.json("assign")["queues"] == []
    assert {path.name: path.read_bytes() for path in packets(assigned)} == before


def test_exchanging_submissions_leaves_every_packet_as_it_was(shell, tmp_path):
    shell.run("pull")
    shell.run("assign")
    before = [path.read_bytes() for path in packets(shell)]
    # The same attempts under exchanged names, in another order, in a study with the same key.
    for path in [*packets(shell), shell.study / "study.db"]:
        path.unlink()
    (shell.study / "brook").rename(shell.study / "swap")
    (shell.study / "otter").rename(shell.study / "brook")
    (shell.study / "swap").rename(shell.study / "otter")
    shell.run("pull")
    shell.run("assign")
    assert [path.read_bytes() for path in packets(shell)] == before


def test_the_whole_chain(assigned, review_all, rounds_of):
    assert "the study is open" in assigned.run("report", code=1).stderr
    assert "items are still open" in assigned.run("close", code=1).stderr
    review_all(assigned)
    returned = [str(path) for path in sorted((assigned.study / "packets").glob("*.answers.jsonl"))]
    first = assigned.json("collect", *returned)
    assert all(one["new"] == one["events"] > 0 for one in first)
    again = assigned.json("collect", *returned)
    assert all(one["new"] == 0 for one in again)
    # Two reviewers are told as one, so that neither gives the other away; who asks gets both.
    (both,) = assigned.json("status")["reviewers"]
    assert (both["reviewer"], both["reviewers"]) == (None, 2)
    reviewers = rounds_of(assigned)
    assert [one["reviewer"] for one in reviewers] == ["ada", "bo"]
    assert sum(one["decided"] for one in reviewers) == both["decided"]
    assert all(one["decided"] == one["assigned"] > 0 and not one["simulated"] for one in reviewers)
    assigned.run("close")
    result = assigned.json("report")
    text = json.dumps(result)
    assert "brook" in text
    assert result["simulated"] in (0, False)
    assert "NaN" not in text
    late = assigned.run("assign", code=1).stderr
    assert "closed" in late


def test_an_early_look_is_logged_and_counted(assigned):
    assert assigned.json("report", "--unblind")["early_looks"] == 1
    assert assigned.json("report", "--unblind")["early_looks"] == 2


def test_half_a_file_now_and_the_longer_one_later(assigned, answers, rounds_of):
    packet = packets(assigned)[0]
    whole = answers(packet).splitlines(keepends=True)
    given = assigned.study / "some.jsonl"
    given.write_text("".join(whole[:2]))
    assigned.run("review", str(packet), "--answers-from", str(given))
    returned = packet.with_suffix(".answers.jsonl")
    first = assigned.json("collect", str(returned))[0]
    given.write_text("".join(whole))
    assigned.run("review", str(packet), "--answers-from", str(given))
    second = assigned.json("collect", str(returned))[0]
    assert second["events"] == first["events"] + second["new"]
    assert second["new"] > 0
    count = next(one for one in rounds_of(assigned) if one["packet"] == packet.name)
    assert count["decided"] == len(whole)


@pytest.mark.parametrize("harm", ["changed", "dropped", "shuffled", "last changed"])
def test_an_answers_file_that_was_edited_is_refused_by_line_and_the_other_is_kept(
    assigned, harm, review_all, rounds_of
):
    review_all(assigned)
    bad, good = (path.with_suffix(".answers.jsonl") for path in packets(assigned))
    lines = bad.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"type":"verdict"' in line)
    match harm:
        case "changed":
            lines[at] = lines[at].replace('"accept"', '"skip"').replace('"confidence":8', '"confidence":9')
        case "last changed":
            at = len(lines) - 1
            lines[at] = lines[at].replace('"simulated":false', '"simulated":true')
        case "dropped":
            del lines[at]
        case "shuffled":
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
    bad.write_text("".join(lines))
    done = assigned.run("collect", str(bad), str(good), code=1)
    assert f"{bad}, line {at + 1}" in done.stderr
    assert f"{good}: reviewer" in done.stderr
    decided = {one["packet"]: one["decided"] for one in rounds_of(assigned)}
    assert sorted(value > 0 for value in decided.values()) == [False, True]


def test_a_torn_last_line_is_left_out_and_said(assigned, review_all):
    review_all(assigned)
    file = packets(assigned)[0].with_suffix(".answers.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    done = assigned.run("collect", str(file))
    assert "torn last line" in done.stderr


def test_what_mail_does_to_a_file_is_undone(assigned, review_all):
    review_all(assigned)
    file = packets(assigned)[0].with_suffix(".answers.jsonl")
    as_written = file.read_bytes()
    file.write_bytes(b"\xef\xbb\xbf" + as_written.replace(b"\n", b"\r\n"))
    first = assigned.json("collect", str(file))[0]
    file.write_bytes(as_written)
    second = assigned.json("collect", str(file))[0]
    assert first["new"] == first["events"] == second["events"] == as_written.count(b"\n")
    assert second["new"] == 0


def test_a_packet_or_a_folder_in_the_place_of_answers_is_told(assigned):
    assert "this is a packet" in assigned.run("collect", str(packets(assigned)[0]), code=1).stderr
    assert "NAME.answers.jsonl" in assigned.run("collect", str(assigned.study), code=1).stderr


def test_answers_of_another_study_are_refused(assigned, tmp_path, review_all):
    review_all(assigned)
    returned = packets(assigned)[0].with_suffix(".answers.jsonl")
    other = tmp_path / "other"
    assigned.run("init", str(other))
    for name in ("study.toml", "reviewers.toml"):
        (other / name).write_text((assigned.study / name).read_text())
    for name in ("benchmark", "brook", "otter"):
        (assigned.study / name).rename(other / name)
    assigned.study = other
    assigned.run("pull")
    assigned.run("assign")
    assert "this study did not hand out" in assigned.run("collect", str(returned), code=1).stderr


@pytest.fixture
def heron(assigned, add_submission):
    """A third submission, pulled: otter's patches, three of them (issues 2 to 4) written otherwise."""
    lines = (assigned.study / "otter" / "all_preds.jsonl").read_text().splitlines()
    made = {one["instance_id"]: one["model_patch"] for one in map(json.loads, lines)}
    changed = {instance: patch.replace("return 0", "return 00") for instance, patch in made.items()}
    add_submission(assigned, "heron", changed, {0, 1, 2, 3, 4})
    assigned.run("pull")
    return assigned


def test_a_later_submission_gets_a_round_of_its_own_and_the_first_stays(heron):
    before = {path.name: path.read_bytes() for path in packets(heron)}
    drawn = heron.json("assign")["drawn"]
    assert drawn["sampled"] == {"heron": 5}
    # heron's patches of issues 0 and 1 are otter's own, and were handed out in round 1.
    assert drawn["why"]["drawn"] == 3
    assert set(drawn["why"]) <= {"drawn", "earlier"}
    after = {path.name: path.read_bytes() for path in packets(heron)}
    assert len(after) > len(before)
    assert {name: after[name] for name in before} == before


def test_the_program_in_a_process_of_its_own(shell):
    assert shell.in_a_process("--version").stdout.startswith("mergecheck 0.")
    assert json.loads(shell.in_a_process("pull", "--json").stdout)["instances"] == 6
    shell.in_a_process("report", code=1)
    shell.in_a_process("report", "--no-such-option", code=2)


def test_a_round_stays_as_it_was_whatever_the_benchmark_says_later(assigned):
    import pandas as pd

    before = {path.name: path.read_bytes() for path in packets(assigned)}
    file = next((assigned.study / "benchmark" / "data").iterdir())
    frame = pd.read_parquet(file)
    frame["problem_statement"] = "Rewritten since"
    frame.to_parquet(file)
    assigned.run("pull")
    packets(assigned)[0].unlink()
    assigned.run("assign")
    assert {path.name: path.read_bytes() for path in packets(assigned)} == before


def test_what_was_handed_out_stays_till_the_next_round_and_pull_says_what_has_changed(assigned, review_all):
    review_all(assigned)
    assigned.run("collect", *[str(path.with_suffix(".answers.jsonl")) for path in packets(assigned)])
    packed = {path.name: path.read_bytes() for path in packets(assigned)}
    before = assigned.json("report", "--unblind")
    preds = assigned.study / "otter" / "all_preds.jsonl"
    lines = preds.read_text().splitlines(keepends=True)
    preds.write_text("".join([*lines[:2], lines[2].replace("return 0", "return 7"), *lines[3:]]))
    write = json.loads((assigned.study / "otter" / "summary.json").read_text())
    write["unresolved_ids"].append(write["resolved_ids"].pop())
    (assigned.study / "otter" / "summary.json").write_text(json.dumps(write))
    said = assigned.run("pull").stdout
    assert "Changed since they were drawn" in said
    assert "otter: 2 attempts: o__lib-2, o__lib-4" in said
    assert "What was handed out stays as it was" in said
    assert assigned.json("status")["submissions"][2]["changed"] == ["o__lib-2", "o__lib-4"]
    after = assigned.json("report", "--unblind")
    assert after.pop("early_looks") == before.pop("early_looks") + 1
    assert after["plan"].pop("looks")["count"] == before["plan"].pop("looks")["count"] + 1
    assert after == before

    # The next round draws them as they are now: one has another patch, one no longer passes.
    drawn = assigned.json("assign")["drawn"]
    assert (drawn["draws"], drawn["sampled"], drawn["why"]) == (2, {"otter": 1}, {"drawn": 1})
    assert {name: (assigned.study / "packets" / name).read_bytes() for name in packed} == packed
    status = assigned.json("status")
    assert status["submissions"][2]["changed"] == []
    assert "Changed since" not in assigned.run("status").stdout
    counts = status["assignments"]
    # Nobody else made otter's old patch of issue 2: what was said of it does not count any more. That of issue 4
    # is still otter's, and no longer counts for its rates.
    assert counts["superseded"] == 1
    assert counts["assigned"] == counts["counted"] + counts["superseded"]
    otter = next(one for one in assigned.json("report", "--unblind")["flow"] if one["submission"] == "otter")
    assert (otter["passing"], otter["drawn"], otter["counted"]) == (4, 4, 3)


def test_close_counts_packets_that_were_never_written(assigned, rounds_of):
    """As a kill between two packets leaves it."""
    import sqlite3

    lost = packets(assigned)[1]
    lost.unlink()
    with sqlite3.connect(assigned.study / "study.db") as connection:
        connection.execute("DELETE FROM packets WHERE file = ?", (lost.name,))
    connection.close()
    open_items = {one["packet"]: one["assigned"] for one in rounds_of(assigned)}
    assert open_items[None] > 0
    assert "1 packet not written yet: run `mergecheck assign`" in assigned.run("status").stdout
    assigned.run("simulate")
    assigned.run("collect", str(packets(assigned)[0].with_suffix(".answers.jsonl")))
    assert f"{open_items[None]} items are still open" in assigned.run("close", code=1).stderr
    assigned.run("assign")
    assert len(packets(assigned)) == 2


def test_another_key_is_noticed_before_anything_is_written(assigned):
    before = {path.name: path.read_bytes() for path in packets(assigned)}
    key = assigned.study / "seal.key"
    key.write_bytes(bytes(32))
    packets(assigned)[0].unlink()
    assert "not the key" in assigned.run("assign", code=1).stderr
    assert len(packets(assigned)) == 1
    assert assigned.json("status")["rounds"] == 1
    assert before


def test_the_policy_cannot_change_under_a_study_unless_it_is_asked_for(shell):
    study = shell.study / "study.toml"
    shell.run("pull")
    study.write_text(study.read_text() + '\n[policies]\ntests = "show"\n')
    assert "attempts wait" in shell.run("assign", code=1).stderr
    shell.run("pull")
    shell.run("assign")
    study.write_text(study.read_text().replace("show", "strip") + 'keep = ["tools/*.py"]\n')
    shell.run("pull")
    for command in (["assign"], ["handover", "bo"]):
        refused = shell.run(*command, code=1).stderr
        assert 'round 1 was handed out with tests = "show", keep = [] in [policies]' in refused
        assert "--new-policies" in refused
    # None of these patches has a test in it, so that nothing differs; asked for once, they hold from then on.
    assert "hold from now on" in shell.run("assign", "--new-policies").stderr
    assert shell.json("status")["rounds"] == 2
    for options in ([], ["--new-policies"]):
        assert "Nothing is new" in shell.run("assign", *options).stderr
    assert shell.json("status")["rounds"] == 2


def test_a_policy_that_changes_after_a_round_changes_nothing_that_was_handed_out(shell):
    """One of brook's patches touches nothing but tests: shown it is a change, stripped it is none."""
    preds = shell.study / "brook" / "all_preds.jsonl"
    lines = [json.loads(line) for line in preds.read_text().splitlines()]
    lines[1]["model_patch"] = "--- /dev/null\n+++ b/tests/test_new.py\n@@ -0,0 +1 @@\n+x = 1\n"
    preds.write_text("".join(json.dumps(line) + "\n" for line in lines))
    study = shell.study / "study.toml"
    as_begun = study.read_text() + '\n[policies]\ntests = "show"\n'
    study.write_text(as_begun)
    shell.run("pull")
    shell.run("assign")
    packed = {path.name: path.read_bytes() for path in packets(shell)}
    before = shell.json("report", "--unblind")
    study.write_text(as_begun.replace('"show"', '"strip"'))
    said = shell.run("pull").stdout
    assert "Made otherwise today" in said
    assert "brook: 1 attempt: o__lib-1" in said
    after = shell.json("report", "--unblind")
    assert after.pop("early_looks") == before.pop("early_looks") + 1
    assert after == before
    brook = shell.json("status")["submissions"][1]
    assert (brook["remade"], brook["changed"]) == (["o__lib-1"], [])
    assert brook["dispositions"] == {"reviewable": 5, "empty_after_policy": 1}

    assert "in [policies]" in shell.run("assign", code=1).stderr
    drawn = shell.json("assign", "--new-policies")["drawn"]
    assert (drawn["draws"], drawn["sampled"]) == (1, {})
    assert {path.name: path.read_bytes() for path in packets(shell)} == packed
    status = shell.json("status")
    assert status["submissions"][1]["remade"] == []
    assert status["assignments"]["superseded"] == 1
    assert "Nothing is new" in shell.run("assign").stderr


def test_a_study_with_reasons_of_its_own_is_simulated_by_them(shell):
    study = shell.study / "study.toml"
    own = '\n[[form.reasons]]\nkey = "too_slow"\ntitle = "Too slow"\n'
    own += '\n[[form.reasons]]\nkey = "ugly"\ntitle = "Ugly"\n'
    own += '\n[[form.skip_reasons]]\nkey = "on_holiday"\ntitle = "On holiday"\n'
    study.write_text(study.read_text() + own)
    shell.run("pull")
    shell.run("assign")
    shell.run("simulate", "--accept", "brook=0", "--accept", "otter=0", "--skip-rate", "0.2", "--reason", "ugly=1")
    returned = [path.with_suffix(".answers.jsonl") for path in packets(shell)]
    shell.run("collect", *map(str, returned))
    bodies = [json.loads(line)["body"] for file in returned for line in file.read_text().splitlines()]
    assert {body["reason"] for body in bodies if body.get("reason")} == {"ugly"}
    assert {body["skip_reason"] for body in bodies if body.get("skip_reason")} == {"on_holiday"}
    wrong = shell.run("simulate", "--reason", "code_quality=1", code=1).stderr
    assert "too_slow, ugly" in wrong
    shell.run("close")
    assert "ugly" in shell.run("report").stdout


def test_simulate_answers_what_was_handed_out_even_if_the_study_is_narrower_now(assigned):
    study = assigned.study / "study.toml"
    study.write_text(study.read_text().replace('"benchmark"', '"benchmark"\ninstances = ["o__lib-1"]'))
    assigned.run("pull")
    assigned.run("simulate")
    returned = [str(path.with_suffix(".answers.jsonl")) for path in packets(assigned)]
    assigned.run("collect", *returned)
    assigned.run("close")
    assert assigned.json("report")["simulated"]


def test_a_round_whose_candidates_are_all_known_says_so(assigned):
    study = assigned.study / "study.toml"
    block = '[[submissions]]\nname = "twin"\npath = "otter"\nmodel = "Twin"\nreleased = 2026-05-01\n'
    study.write_text(f"{study.read_text()}\n[rounds]\nearlier = 0\n\n{block}")
    assigned.run("pull")
    said = assigned.run("assign")
    assert "Round 2 hands nothing out: all of its candidates were handed out in earlier rounds" in said.stderr
    assert "packet:" not in said.stderr
    assert "Nothing is new" in assigned.run("assign").stderr


def test_a_round_without_golden_is_warned_about(heron):
    assert "round 2 hands out no golden candidate that is new" in heron.run("assign").stderr


@pytest.mark.parametrize(
    "name", ["w?x", "a?mode=ro", "100%25", "with space", "na\u00efve", "a#b", "a[x]b", "st*r"]
)
def test_a_study_folder_may_have_any_name(shell, name):
    moved = shell.study.with_name(name)
    shell.study.rename(moved)
    shell.study = moved
    shell.run("pull", "--records-only")
    assert (moved / "study.db").exists()
    assert sorted(path.name for path in moved.parent.iterdir()) == [name]


def test_deeply_nested_json_is_refused_as_any_other(assigned):
    file = assigned.study / "deep.jsonl"
    file.write_text("[" * 100_000 + "\n")
    assert "not JSON" in assigned.run("collect", str(file), code=1).stderr


class TestBadInput:
    def test_no_study_here(self, shell):
        shell.study = shell.study.parent
        assert "mergecheck init" in shell.run("pull", code=1).stderr

    def test_no_data_yet(self, shell):
        assert "mergecheck pull" in shell.run("assign", code=1).stderr

    def test_a_missing_mirror_names_itself_and_the_next_pull_goes_on(self, shell):
        there = shell.repos
        shell.repos = shell.study
        done = shell.run("pull", code=1)
        assert "there is no bare clone of o/lib" in done.stderr
        assert "attempts wait" in shell.run("assign", code=1).stderr
        shell.repos = there
        shell.run("pull")
        assert shell.json("status")["submissions"][0]["not_made_yet"] == 0

    def test_a_missing_base_commit_is_named_once_and_the_rest_goes_on(self, shell):
        import pandas as pd

        file = next((shell.study / "benchmark" / "data").iterdir())
        frame = pd.read_parquet(file)
        frame.loc[2, "base_commit"] = "0123456789" * 4
        frame.to_parquet(file)
        done = shell.run("pull", code=1)
        assert done.stderr.count("no commit 0123456789") == 1
        assert "o__lib-2" in done.stderr
        assert [one["not_made_yet"] for one in shell.json("status")["submissions"]] == [1, 1, 1]

    @pytest.mark.parametrize(
        ("patch", "word"),
        [
            ("no diff at all", "No valid patches"),
            ("--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n", "../../x"),
            ("--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+x\n", "/etc/x"),
            ("--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+x\n", ".git/hooks/x"),
        ],
    )
    def test_a_bad_patch_is_a_counted_explained_skip(self, shell, patch, word):
        preds = shell.study / "brook" / "all_preds.jsonl"
        lines = preds.read_text().splitlines()
        lines[0] = json.dumps({**json.loads(lines[0]), "model_patch": patch})
        preds.write_text("\n".join(lines) + "\n")
        shell.run("pull")
        status = shell.json("status", "--skipped")
        brook = status["submissions"][1]
        assert brook["dispositions"] == {"reviewable": 5, "unappliable": 1}
        (row,) = status["skipped"]
        assert (row["submission"], row["instance"], row["row"]) == ("brook", "o__lib-0", 1)
        assert word in row["detail"]
        assert word in shell.run("status", "--skipped").stdout

    def test_all_broken_submissions_are_named_at_once(self, shell):
        for name in ("brook", "otter"):
            (shell.study / name / "all_preds.jsonl").write_text('{"instance_id": "o__lib-0", "model_pa')
        done = shell.run("pull", code=1)
        assert done.stderr.count("all_preds.jsonl, line 1") == 2
        assert "brook" in done.stderr
        assert "otter" in done.stderr

    def test_a_path_that_is_not_there_is_named_with_its_line(self, shell):
        study = shell.study / "study.toml"
        study.write_text(study.read_text().replace('path = "otter"', 'path = "oter"'))
        assert "study.toml, line 16, submissions[2].path" in shell.run("pull", code=1).stderr

    def test_an_unknown_instance_or_repository_is_answered_with_the_nearest(self, shell):
        study = shell.study / "study.toml"
        study.write_text(study.read_text().replace('"benchmark"', '"benchmark"\ninstances = ["o__lib-11"]'))
        assert "did you mean o__lib-1?" in shell.run("pull", code=1).stderr

    def test_usage_is_exit_code_2(self, shell):
        shell.run("pull", "--no-such-option", code=2)

    def test_a_newer_database_is_refused(self, shell):
        import sqlite3

        shell.run("pull", "--records-only")
        with sqlite3.connect(shell.study / "study.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        assert "install a newer mergecheck" in shell.run("status", code=1).stderr

    def test_a_file_that_is_no_database_is_refused(self, shell):
        (shell.study / "study.db").write_text("hello, this is no database at all, only text " * 30)
        assert "study.db" in shell.run("pull", code=1).stderr
