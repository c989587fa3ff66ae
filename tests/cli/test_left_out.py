"""What the rules leave out is listed for the organiser, who overrules it; and which rungs took the patches."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

NEW = """\
diff --git a/{path} b/{path}
new file mode 100644
--- /dev/null
+++ b/{path}
@@ -0,0 +1 @@
+{text}
"""
SCRATCH = "lib/reproduce_it.py"
TEST = "lib/tests/test_f1.py"
TEXT = "print('mends the rest of it')"
RULE = "scratch: reproduce*"


def rewrite(shell: Any, name: str, change: Any) -> None:
    """Put another patch into a submission's file: `change` is given instance and patch."""
    file = shell.study / name / "all_preds.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["model_patch"] = change(row["instance_id"], row["model_patch"])
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def littered(shell: Any) -> Any:
    """brook's change to the second issue brings a file that looks like scratch, and a test."""
    more = NEW.format(path=SCRATCH, text=TEXT) + NEW.format(path=TEST, text="def test(): pass")
    rewrite(shell, "brook", lambda instance, patch: patch + more if instance == "o__lib-1" else patch)
    return shell


def configure(shell: Any, text: str) -> None:
    with (shell.study / "study.toml").open("a") as file:
        file.write(text)


def shown(shell: Any, round_number: int) -> set[str]:
    """The paths of all files that the round's packets show as changed."""
    found = set()
    for packet in (shell.study / "packets").glob(f"*-round{round_number}-*.packet"):
        with zipfile.ZipFile(packet) as archive:
            for name in archive.namelist():
                if name.startswith("items/"):
                    found |= {file["path"] for file in json.loads(archive.read(name))["files"]}
    return found


def test_every_file_that_is_left_out_is_listed_with_its_rule_and_how_to_overrule_it(littered):
    littered.run("pull")
    rows = littered.json("status", "--left-out")["left_out"]
    assert rows == [
        {"submission": "brook", "instance": "o__lib-1", "path": SCRATCH, "rule": RULE},
        {"submission": "brook", "instance": "o__lib-1", "path": TEST, "rule": "tests: folders"},
    ]
    assert "left_out" not in littered.json("status")
    counted = {
        rule: number
        for one in littered.json("status")["submissions"]
        for rule, number in one["left_out_files"].items()
    }
    assert counted == {RULE: 1, "tests: folders": 1}
    told = littered.run("status", "--left-out").stdout
    for row in rows:
        assert "  ".join(row.values()) in told
    assert "2 files left out" in told
    assert "[policies] keep" in told


def test_a_path_on_the_terminal_obeys_nobody(shell):
    bad = NEW.format(path="lib/evil.log", text="x").replace("lib/evil.log", '"lib/\\033[2Jevil.log"')
    bad = bad.replace('a/"lib', '"a/lib').replace('b/"lib', '"b/lib')
    rewrite(shell, "brook", lambda instance, patch: patch + bad if instance == "o__lib-1" else patch)
    shell.run("pull")
    (row,) = shell.json("status", "--left-out")["left_out"]
    assert row["path"] == "lib/\x1b[2Jevil.log"
    told = shell.run("status", "--left-out").stdout
    assert "\x1b" not in told
    assert "\\x1b[2Jevil.log" in told


@pytest.mark.parametrize("glob", [SCRATCH, "lib/reproduce*", "lib"])
def test_kept_before_the_round_it_is_shown(littered, glob):
    littered.run("pull")
    configure(littered, f'\n[policies]\nkeep = ["{glob}"]\n')
    littered.run("pull")
    rows = littered.json("status", "--left-out")["left_out"]
    assert [row["path"] for row in rows] == [TEST]
    littered.run("assign")
    assert SCRATCH in shown(littered, 1)
    assert TEST not in shown(littered, 1)


def test_kept_after_the_round_the_packet_stays_and_new_policies_show_it(littered):
    littered.run("pull")
    littered.run("assign")
    before = {file.name: file.read_bytes() for file in (littered.study / "packets").glob("*.packet")}
    assert SCRATCH not in shown(littered, 1)
    configure(littered, f'\n[policies]\nkeep = ["{SCRATCH}"]\n')
    assert "o__lib-1" in littered.run("pull").stdout
    assert [row["path"] for row in littered.json("status", "--left-out")["left_out"]] == [TEST]
    littered.run("assign", code=1)
    littered.run("assign", "--new-policies")
    assert shown(littered, 2) == {"lib/m1.py", SCRATCH}
    assert {name: (littered.study / "packets" / name).read_bytes() for name in before} == before


def test_tests_are_shown_where_the_study_says_so(littered):
    littered.run("pull")
    configure(littered, '\n[policies]\ntests = "show"\n')
    littered.run("pull")
    assert [row["path"] for row in littered.json("status", "--left-out")["left_out"]] == [SCRATCH]
    littered.run("assign")
    assert TEST in shown(littered, 1)


class TestRungs:
    def test_pull_sums_up_which_rung_took_the_patches(self, shell):
        rewrite(shell, "brook", lambda instance, patch: patch[:-1] if instance == "o__lib-1" else patch)
        told = shell.run("pull").stdout
        assert "brook: patches taken: apply 5, apply with newline 1" in told
        rungs = {one["submission"]: one["rungs"] for one in shell.json("status")["submissions"]}
        assert rungs["brook"] == {"apply": 5, "apply_with_newline": 1}
        assert rungs["golden"] == {"apply": 6}

    def test_a_rung_that_is_not_there_is_named_and_counted(self, shell, tmp_path, monkeypatch):
        rewrite(
            shell,
            "brook",
            lambda instance, patch: nothing(patch),
        )
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ("git", "sh", "env"):
            (programs / name).symlink_to(which(name))
        monkeypatch.setenv("PATH", str(programs))
        done = shell.run("pull")
        assert "Warning: `patch` is not installed here; 6 patches that git refuses were not tried" in done.stderr
        assert "brook: not installed, so not tried: patch 6" in done.stdout
        counts = {one["submission"]: one["rungs_missing"] for one in shell.json("status")["submissions"]}
        assert counts == {"golden": {}, "brook": {"patch": 6}, "otter": {}}
        assert all(
            "`patch` is not installed" in row["detail"] for row in shell.json("status", "--skipped")["skipped"]
        )


def nothing(patch: str) -> str:
    """The same patch of lines that no file has."""
    return (
        "\n".join(line + " never" if line.startswith((" ", "-")) else line for line in patch.splitlines()) + "\n"
    )


def which(program: str) -> Path:
    for folder in os.environ["PATH"].split(os.pathsep):
        if (Path(folder) / program).exists():
            return (Path(folder) / program).resolve()
    raise FileNotFoundError(program)
