"""A study over months, through the real commands: rounds, amendments, handovers, conflicts; rows always add up."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from mergecheck.store.database import Database
from mergecheck.store.frames import attempts_frame, reviews_frame

COUNT = 6
NAMES = [f"o__lib-{n}" for n in range(COUNT)]
BEGUN = "[rounds]\ngolden = 0.34\nearlier = 0.34\n\n"


@pytest.fixture(scope="session")
def begun(make_study, tmp_path_factory):
    """Round 1 is out: half of the golden patches, all that passed of two submissions, two reviewers."""
    shell = make_study(tmp_path_factory.mktemp("begun"))
    file = shell.study / "study.toml"
    text = file.read_text().replace("golden_share = 1.0", "golden_share = 0.5")
    file.write_text(text.replace("[[submissions]]", f"{BEGUN}[[submissions]]", 1))
    # A key whose first draw leaves out golden's patch of issue 0, and takes some of what the grader refused.
    (shell.study / "seal.key").write_bytes(bytes(range(1, 33)))
    shell.run("pull")
    shell.run("assign")
    return shell


@pytest.fixture
def study(begun, shell_for, tmp_path):
    """A copy of it."""
    shutil.copytree(begun.study, tmp_path / "study")
    return shell_for(tmp_path / "study", begun.repos)


@pytest.fixture
def grown(study, add_submission, patch_of):
    """A third submission, pulled and not handed out: it passes everything, and all its patches are its own."""
    made = {name: patch_of(n, "    return x", "    return x + 1 + 0") for n, name in enumerate(NAMES)}
    add_submission(study, "heron", made, set(range(COUNT)))
    study.run("pull")
    return study


def configure(shell, old: str, new: str) -> None:
    file = shell.study / "study.toml"
    text = file.read_text()
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1))


def reviewers(shell, *blocks: str) -> None:
    (shell.study / "reviewers.toml").write_text("\n".join(f"[[reviewers]]\n{block}\n" for block in blocks))


def packets(shell) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((shell.study / "packets").glob("*.packet"))}


def manifest(shell, number: int, reviewer: str) -> dict[str, Any]:
    with zipfile.ZipFile(shell.study / "packets" / f"small-round{number}-{reviewer}.packet") as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return {"amendments": [], **found}


def frames(shell) -> SimpleNamespace:
    with Database.open(shell.study / "study.db").reading() as connection:
        attempts = attempts_frame(connection)
        return SimpleNamespace(attempts=attempts, reviews=reviews_frame(connection, attempts))


def golden(shell) -> dict[str, tuple[bool, float]]:
    rows = frames(shell).attempts.query("is_golden")
    columns = (rows[name] for name in ("instance", "sampled", "inclusion_probability"))
    return {name: (drawn, share) for name, drawn, share in zip(*columns, strict=True)}


def everything(shell) -> list[SimpleNamespace]:
    """Every assignment with what has become of it, from the store."""
    from mergecheck.store.rounds import load_assignments
    from mergecheck.store.schema import candidates
    from mergecheck.store.standing import standings

    with Database.open(shell.study / "study.db").reading() as connection:
        standing = standings(connection)
        instance = {row.id: row.instance for row in connection.execute(candidates.select())}
        return [
            SimpleNamespace(
                item=one.id,
                reviewer=one.reviewer,
                round=one.round,
                number=one.position,
                candidate=one.candidate,
                instance=instance[one.candidate],
                why=str(one.why),
                repeat_of=one.repeat_of,
                conflict=one.conflict,
                standing=str(standing[one.id]),
            )
            for one in load_assignments(connection)
        ]


def of_round(shell, number: int) -> list[SimpleNamespace]:
    return [one for one in everything(shell) if one.round == number]


def rows_add_up(shell, rounds_of) -> dict[str, int]:
    """Whatever was done: no assignment is lost, and the frame holds those that count."""
    counts = dict(shell.json("status")["assignments"])
    others = {key: value for key, value in counts.items() if key != "assigned"}
    assert set(others) <= {"counted", "withdrawn", "reissued", "handed_over", "superseded"}
    assert counts["assigned"] == sum(others.values()) == len(everything(shell))
    for one in rounds_of(shell):
        assert one["assigned"] == one["decided"] + one["skipped"] + one["open"] + one["released"]
    found = frames(shell)
    assert len(found.reviews) == counts.get("counted", 0)
    assert set(found.reviews["candidate"]) <= set(found.attempts["candidate"].dropna())
    return counts


def simulate_and_collect(shell, *options: str) -> None:
    shell.run("simulate", *options)
    collect(shell)


def collect(shell) -> None:
    shell.run("collect", *map(str, sorted((shell.study / "packets").glob("*.answers.jsonl"))))


def answer(shell, answers, number: int, reviewer: str, first: int | None = None, **fields: object) -> None:
    """The reviewer answers the first so many items of a packet by a file, and it is collected."""
    packet = shell.study / "packets" / f"small-round{number}-{reviewer}.packet"
    given = packet.with_suffix(".in.jsonl")
    given.write_text(answers(packet, first, **fields))
    shell.run("review", str(packet), "--answers-from", str(given))
    shell.run("collect", str(packet.with_suffix(".answers.jsonl")))


class TestLaterRounds:
    def test_a_new_model_brings_golden_from_the_reserve_and_earlier_ones_again(self, grown, rounds_of):
        before, packed = golden(grown), packets(grown)
        assert Counter(before.values()) == {(True, 0.5): 3, (False, 0.5): 3}
        told = grown.json("assign")
        after = golden(grown)
        # Of six, 0.84 are five and a little: one more draw settles whether it is six.
        assert [share for _, share in after.values()] == pytest.approx([0.84] * COUNT)
        assert {name for name, (drawn, _) in before.items() if drawn} < {
            n for n, (drawn, _) in after.items() if drawn
        }
        added = sum(drawn for drawn, _ in after.values()) - 3
        assert added in (2, 3)
        assert told["drawn"]["sampled"] == {"golden": added + 3, "heron": 6}
        again = [one for one in of_round(grown, 2) if one.why == "earlier"]
        assert len(again) in (2, 3)
        was = {one.item: one for one in of_round(grown, 1)}
        for one in again:
            assert (one.candidate, one.reviewer) == (was[one.repeat_of].candidate, was[one.repeat_of].reviewer)
        assert {name: packets(grown)[name] for name in packed} == packed
        assert told["precision"]["golden"]["before"] == 3
        assert told["precision"]["golden"]["now"] == 3 + added
        rows_add_up(grown, rounds_of)

    def test_what_it_means_for_intervals_is_printed(self, grown):
        said = grown.run("assign").stdout
        assert "What this round can show" in said
        assert "Golden baseline: 3 in the sample before" in said
        assert "Shown again:" in said
        assert "Conflicts of interest" in said

    def test_golden_that_only_an_agent_brought_in_is_not_in_the_baseline(self, study, answers):
        """otter wrote golden's own patch for issue 0, which is reviewed whether or not golden was drawn."""
        rows = frames(study).attempts.set_index(["submission", "instance"])
        same = rows.loc[("golden", NAMES[0])]
        assert rows.loc[("otter", NAMES[0]), "candidate"] == same["candidate"]
        assert rows.loc[("otter", NAMES[0]), "same_as_golden"]
        others = [NAMES[n] for n in range(1, COUNT) if golden(study)[NAMES[n]][0]]
        for name in ("ada", "bo"):
            answer(study, answers, 1, name)
        baseline = study.json("report", "--unblind")["golden"]
        assert baseline["reviewed"] == baseline["sampled"] == len(others) + same["sampled"]
        assert same["candidate"] in set(frames(study).reviews["candidate"])
        # With this key golden's own draw left it out: only then does the test say anything.
        assert not same["sampled"]

    def test_new_instances_have_a_draw_of_their_own(self, shell, rounds_of):
        file = shell.study / "study.toml"
        inside = json.dumps(NAMES[:4])
        file.write_text(file.read_text().replace('"benchmark"\n', f'"benchmark"\ninstances = {inside}\n', 1))
        configure(shell, "golden_share = 1.0", "golden_share = 0.5")
        shell.run("pull")
        shell.run("assign")
        packed, before = packets(shell), golden(shell)
        assert len(before) == 4
        configure(shell, f"instances = {inside}\n", "")
        shell.run("pull")
        drawn = shell.json("assign")["drawn"]
        assert drawn["sampled"] == {"golden": 1, "brook": 1, "otter": 1}
        after = golden(shell)
        assert {name: after[name] for name in before} == before
        assert sum(after[name][0] for name in NAMES[4:]) == 1
        # Nothing that was there has a new model: nothing of the reserve, nothing again.
        assert {one.why for one in of_round(shell, 2)} == {"drawn"}
        assert {one.instance for one in of_round(shell, 2)} <= set(NAMES[4:])
        assert {name: packets(shell)[name] for name in packed} == packed
        rows_add_up(shell, rounds_of)

    def test_a_narrower_scope_takes_no_golden_patch_out_of_the_sample(self, grown):
        before = golden(grown)
        sampled = [name for name, (drawn, _) in before.items() if drawn]
        configure(grown, '"benchmark"\n', f'"benchmark"\ninstances = {json.dumps(sampled[:2])}\n')
        grown.run("pull")
        grown.run("assign")
        assert {drawn for drawn, _ in golden(grown).values()} == {True}
        configure(grown, f"instances = {json.dumps(sampled[:2])}\n", "")
        grown.run("pull")
        after = golden(grown)
        assert set(sampled) <= {name for name, (drawn, _) in after.items() if drawn}

    def test_a_new_reviewer_gets_a_share_of_what_others_saw_and_then_a_share_of_the_rest(self, study, rounds_of):
        assert "Nothing is new" in study.run("assign").stderr
        reviewers(study, 'id = "ada"', 'id = "bo"', 'id = "cy"')
        study.run("assign")
        mine = of_round(study, 2)
        assert {(one.reviewer, one.why) for one in mine} == {("cy", "earlier")}
        assert len(mine) in (2, 3)
        assert len({one.instance for one in mine}) == len(mine)
        assert {one.repeat_of for one in mine} == {None}
        assert "Nothing is new" in study.run("assign").stderr
        rows_add_up(study, rounds_of)

    def test_who_is_inactive_gets_nothing_and_keeps_what_they_have(self, grown, rounds_of):
        reviewers(grown, 'id = "ada"', 'id = "bo"\nactive = false')
        grown.run("assign")
        assert {one.reviewer for one in of_round(grown, 2)} == {"ada"}
        assert "small-round2-bo.packet" not in packets(grown)
        assert {one.standing for one in of_round(grown, 1)} == {"stands"}
        told = {one["reviewer"]: one for one in grown.json("status", "--reviewers")["reviewers"]}
        assert not told["bo"]["active"]
        assert told["bo"]["open"] > 0
        assert "bo (inactive)" in grown.run("status", "--reviewers").stdout

    def test_without_active_reviewers_there_is_no_round(self, grown):
        reviewers(grown, 'id = "ada"\nactive = false')
        assert "there are no reviewers" in grown.run("assign", code=1).stderr
        assert grown.json("status")["rounds"] == 1

    def test_pulled_twice_and_assigned_twice_nothing_is_drawn_again(self, grown):
        grown.run("assign")
        packed, counts = packets(grown), grown.json("status")
        grown.run("pull")
        assert grown.json("status") == counts
        again = grown.json("assign")
        assert (again["round"], again["packets"], again["queues"]) == (None, [], [])
        assert packets(grown) == packed

    def test_every_packet_is_written_again_to_the_byte(self, grown):
        ada = next(one for one in of_round(grown, 1) if one.reviewer == "ada")
        grown.run("amend", ada.item, "--reissue", "--why", "x")
        grown.run("assign")
        packed = packets(grown)
        assert manifest(grown, 2, "ada")["amendments"]
        for name in packed:
            (grown.study / "packets" / name).unlink()
        said = grown.run("assign").stderr
        assert said.count("packet: ") == len(packed)
        assert packets(grown) == packed

    def test_overlap_and_repeats(self, grown, rounds_of):
        configure(grown, "golden_share", "overlap = 3\nrepeats = 0.5\nwaves = 8\ngolden_share")
        grown.run("assign")
        new = of_round(grown, 2)
        whys = Counter(one.why for one in new)
        assert whys["overlap"] == 3
        assert whys["repeat"] >= 2
        places = Counter((one.reviewer, one.candidate) for one in new if one.why in ("drawn", "overlap"))
        assert set(places.values()) == {1}
        by_item = {one.item: one for one in new}
        for one in new:
            if one.why == "repeat":
                first = by_item[one.repeat_of]
                assert (first.candidate, first.reviewer) == (one.candidate, one.reviewer)
                assert first.number < one.number
        rows_add_up(grown, rounds_of)

    def test_hours_decide_who_gets_how_much(self, grown):
        reviewers(grown, 'id = "ada"\nhours = 30', 'id = "bo"\nhours = 10')
        configure(grown, "earlier = 0.34", "earlier = 0")
        grown.run("assign")
        work = Counter(one.reviewer for one in of_round(grown, 2))
        assert work["ada"] == pytest.approx(3 * work["bo"], abs=3)


class TestRefusedByTheGrader:
    def test_those_are_drawn_by_instance_and_never_enter_a_merge_rate(self, grown, answers, rounds_of):
        before = frames(grown)
        configure(grown, "golden_share", "unresolved_share = 0.5\ngolden_share")
        told = grown.json("assign")["drawn"]
        rows = frames(grown).attempts
        refused = rows[(rows["grade"] == "unresolved") & ~rows["is_golden"]]
        # brook's three, otter's one: drawn or not by their instance alone, with the share as probability.
        assert len(refused) == 4
        assert set(refused["inclusion_probability"]) == {0.5}
        assert before.attempts.query("grade == 'unresolved'")["sampled"].sum() == 0
        assert told["draws"] == 6 + 6 + 4
        drawn = refused.loc[refused["sampled"], "candidate"]
        assert 0 < len(drawn) < 4
        for name in ("ada", "bo"):
            answer(grown, answers, 1, name, decision="request_changes", reason="other")
            answer(grown, answers, 2, name, decision="accept")
        assert set(drawn) <= set(frames(grown).reviews["candidate"])
        brook, otter, _ = grown.json("report", "--unblind")["rates"]
        # All that was accepted of them was refused by the grader.
        assert brook["merge_rate"]["estimate"] == otter["merge_rate"]["estimate"] == 0
        assert (brook["reviewed"], brook["passes"]) == (3, 3)
        rows_add_up(grown, rounds_of)


class TestConflicts:
    @pytest.fixture
    def known(self, study, hub, add_submission, patch_of):
        """Ada merged all fixes but that of issue 0, which has no pull request; heron is new."""
        for number in range(1, COUNT):
            hub.add("o/lib", number, user={"login": "Ada-L"}, merged_by={"login": "zebedee"})
        reviewers(study, 'id = "ada"\ngithub = "ada-l"', 'id = "bo"\ngithub = "bo-on-github"')
        study.run("pull", "--records-only", "--github")
        made = {name: patch_of(n, "    return x", "    return x + 1 + 0") for n, name in enumerate(NAMES)}
        add_submission(study, "heron", made, set(range(COUNT)))
        study.run("pull")
        configure(study, "earlier = 0.34", "earlier = 1.0")
        return study

    @pytest.mark.parametrize("policy", ["exclude", "golden_only", "flag"])
    def test_each_policy_does_what_it_says_and_says_what_each_costs(self, known, policy):
        configure(known, "[rounds]", f'[policies]\nconflict = "{policy}"\n\n[rounds]')
        told = known.json("assign")["conflicts"]
        assert (told["chosen"], told["pull_requests_known"], told["reviewers_with_github"]) == (policy, 5, 2)
        costs = {one["policy"]: one for one in told["policies"]}
        assert costs["exclude"]["conflicting"] == costs["flag"]["flagged"] == costs["exclude"]["barred"] > 0
        assert costs["golden_only"]["barred"] < costs["exclude"]["barred"]
        assert costs["flag"]["barred"] == 0
        human = set(frames(known).attempts.query("is_golden")["candidate"])
        hers = [one for one in of_round(known, 2) if one.reviewer == "ada" and one.instance != NAMES[0]]
        match policy:
            case "exclude":
                assert hers == []
            case "golden_only":
                assert hers
                assert not {one.candidate for one in hers} & human
                assert all(one.conflict for one in hers)
            case "flag":
                assert all(one.conflict for one in hers)
        assert not any(
            one.conflict for one in everything(known) if one.reviewer == "bo" or one.instance == NAMES[0]
        )
        marked = frames(known).reviews.query("conflict")
        assert set(marked["assignment"]) == {one.item for one in everything(known) if one.conflict}

    def test_the_table_names_every_policy_and_what_cannot_be_known(self, known):
        said = known.run("assign").stdout
        assert "Pull requests are known for 5 of 6 instances" in said
        for policy in ("exclude (chosen)", "golden_only", "flag"):
            assert policy in said
        assert "exclude (chosen): somebody can review every candidate" in said

    def test_what_nobody_may_review_is_said_and_waits_for_somebody_who_may(self, known, rounds_of):
        reviewers(known, 'id = "ada"\ngithub = "ada-l"', 'id = "bo"\nactive = false')
        done = known.run("assign")
        assert "Nobody may review" in done.stdout
        assert NAMES[1] in done.stdout
        assert "exclude (chosen): nobody can review" in done.stdout
        waiting = {one["instance"] for one in known.json("assign")["drawn"]["nobody"]}
        assert waiting == set(NAMES[1:])
        # Run again, nothing is new, and what waits is still said.
        again = known.run("assign")
        assert "Nothing is new" in again.stderr
        assert "Nobody may review" in again.stdout
        reviewers(known, 'id = "ada"\ngithub = "ada-l"', 'id = "bo"\nactive = false', 'id = "cy"')
        assert known.json("assign")["drawn"]["nobody"] == []
        given = [one for one in everything(known) if one.reviewer == "cy" and one.why == "drawn"]
        assert {one.instance for one in given} == set(NAMES[1:])
        drawn = frames(known).attempts.query("sampled")["candidate"]
        assert set(drawn) <= {one.candidate for one in everything(known)}
        rows_add_up(known, rounds_of)


class TestAmend:
    def item(self, shell, reviewer: str = "ada", number: int = 1) -> SimpleNamespace:
        return next(one for one in of_round(shell, 1) if (one.reviewer, one.number) == (reviewer, number))

    @pytest.mark.parametrize("answered", [False, True])
    def test_withdrawn_it_counts_nowhere_and_nobody_waits_for_it(self, study, answers, rounds_of, answered):
        if answered:
            answer(study, answers, 1, "ada")
        one, packed = self.item(study), packets(study)
        before = {row["reviewer"]: row for row in rounds_of(study)}
        told = study.json("amend", "ada/1/1", "--withdraw", "--why", "two files are missing")
        assert told["items"] == [
            {
                "item": one.item,
                "reviewer": "ada",
                "round": 1,
                "number": 1,
                "answered": answered,
                "standing": "stands",
            }
        ]
        counts = rows_add_up(study, rounds_of)
        assert counts["withdrawn"] == 1
        rows = frames(study)
        gone = rows.attempts[rows.attempts["candidate"] == one.candidate]
        assert set(gone["disposition"]) == {"dropped"}
        assert one.item not in set(rows.reviews["assignment"])
        now = {row["reviewer"]: row for row in rounds_of(study)}
        assert now["ada"]["open"] == before["ada"]["open"] - (not answered)
        assert now["ada"]["released"] == (not answered)
        assert packets(study) == packed
        assert "dropped" in json.dumps(study.json("report", "--unblind")["flow"])
        refused = study.run("amend", one.item, "--withdraw", "--why", "again", code=1).stderr
        assert "already" in refused

    def test_given_out_anew_it_comes_back_and_its_old_showing_is_void(self, study, answers, rounds_of):
        answer(study, answers, 1, "ada", decision="request_changes", reason="other")
        one, packed = self.item(study), packets(study)
        study.run("amend", one.item, "--reissue", "--why", "the issue was cut short")
        # Till it is given out, what was said of it stands.
        assert rows_add_up(study, rounds_of)["counted"] == len(everything(study))
        assert "already" in study.run("amend", one.item, "--reissue", "--why", "again", code=1).stderr
        told = study.json("assign")
        assert told["drawn"]["why"] == {"reissued": 1}
        (new,) = of_round(study, 2)
        assert (new.reviewer, new.candidate, new.why) == ("ada", one.candidate, "reissued")
        assert new.item != one.item
        counts = rows_add_up(study, rounds_of)
        assert counts["reissued"] == 1
        reviews = frames(study).reviews
        assert new.item in set(reviews["assignment"])
        assert one.item not in set(reviews["assignment"])
        assert manifest(study, 2, "ada")["amendments"] == [{"round": 1, "number": 1, "what": "reissue"}]
        assert manifest(study, 2, "ada")["format"] >= 2
        assert {name: packets(study)[name] for name in packed} == packed
        assert "Nothing is new" in study.run("assign").stderr
        answer(study, answers, 2, "ada", decision="accept")
        said = frames(study).reviews.set_index("assignment").loc[new.item, "decision"]
        assert said == "accept"

    def test_a_handover_in_between_gives_nothing_out_anew_and_forgets_nothing(self, study, rounds_of):
        one = self.item(study, "ada")
        study.run("amend", one.item, "--reissue", "--why", "x")
        study.run("handover", "bo")
        assert manifest(study, 2, "ada")["amendments"] == []
        assert study.json("assign")["drawn"]["why"] == {"reissued": 1}
        assert manifest(study, 3, "ada")["amendments"] == [{"round": 1, "number": 1, "what": "reissue"}]
        rows_add_up(study, rounds_of)

    def test_what_is_made_otherwise_today_is_given_out_as_it_is_made_today(self, shell, rounds_of):
        preds = shell.study / "brook" / "all_preds.jsonl"
        lines = [json.loads(line) for line in preds.read_text().splitlines()]
        more = "--- /dev/null\n+++ b/tests/test_new.py\n@@ -0,0 +1 @@\n+x = 1\n"
        lines[3]["model_patch"] += more
        preds.write_text("".join(json.dumps(line) + "\n" for line in lines))
        configure(shell, "[benchmark]", '[policies]\ntests = "show"\n\n[benchmark]')
        shell.run("pull")
        shell.run("assign")
        rows = frames(shell).attempts.set_index(["submission", "instance"])
        old = rows.loc[("brook", NAMES[3]), "candidate"]
        one = next(one for one in everything(shell) if one.candidate == old)
        configure(shell, '"show"', '"strip"')
        shell.run("pull")
        shell.run("amend", one.item, "--reissue", "--why", "it shows a test")
        drawn = shell.json("assign", "--new-policies")["drawn"]
        assert (drawn["sampled"], drawn["why"]) == ({"brook": 1}, {"reissued": 1})
        (new,) = of_round(shell, 2)
        assert (new.reviewer, new.instance) == (one.reviewer, NAMES[3])
        assert new.candidate != old
        rows = frames(shell).attempts.set_index(["submission", "instance"])
        assert rows.loc[("brook", NAMES[3]), "candidate"] == new.candidate
        assert rows_add_up(shell, rounds_of)["superseded"] == 1

    def test_a_withdrawn_change_that_a_later_submission_makes_again_stays_out(
        self, study, add_submission, rounds_of
    ):
        rows = frames(study).attempts.set_index(["submission", "instance"])
        candidate = rows.loc[("brook", NAMES[3]), "candidate"]
        one = next(one for one in everything(study) if one.candidate == candidate)
        study.run("amend", one.item, "--withdraw", "--why", "broken")
        made = (study.study / "brook" / "all_preds.jsonl").read_text().splitlines()
        add_submission(study, "twin", {NAMES[3]: json.loads(made[3])["model_patch"]}, {3})
        study.run("pull")
        study.run("assign")
        assert candidate not in {one.candidate for one in of_round(study, 2)}
        rows = frames(study).attempts.set_index(["submission", "instance"])
        assert rows.loc[("twin", NAMES[3]), "candidate"] == candidate
        assert rows.loc[("twin", NAMES[3]), "disposition"] == "dropped"
        there = [name for name in ("ada", "bo") if f"small-round2-{name}.packet" in packets(study)]
        told = [amendment for name in there for amendment in manifest(study, 2, name)["amendments"]]
        assert {one["what"] for one in told} <= {"withdraw"}
        rows_add_up(study, rounds_of)

    def test_withdrawn_and_then_given_out_anew_it_is_back(self, study, rounds_of):
        one = self.item(study)
        study.run("amend", one.item, "--withdraw", "--why", "broken")
        study.run("amend", one.item, "--reissue", "--why", "it was not")
        study.run("assign")
        assert [new.candidate for new in of_round(study, 2)] == [one.candidate]
        counts = rows_add_up(study, rounds_of)
        assert "withdrawn" not in counts
        assert counts["reissued"] == 1

    def test_each_amendment_is_told_once_to_each_whom_it_concerns(self, grown):
        ada, bo = self.item(grown, "ada"), self.item(grown, "bo", 2)
        grown.run("amend", ada.item, "--withdraw", "--why", "x")
        grown.run("amend", bo.item, "--reissue", "--why", "y")
        grown.run("assign")
        assert manifest(grown, 2, "ada")["amendments"] == [{"round": 1, "number": 1, "what": "withdraw"}]
        assert manifest(grown, 2, "bo")["amendments"] == [{"round": 1, "number": 2, "what": "reissue"}]
        # Why is the organiser's: it may name sources.
        for name in ("ada", "bo"):
            assert set(manifest(grown, 2, name)["amendments"][0]) == {"round", "number", "what"}
        new = next(one for one in of_round(grown, 2) if (one.reviewer, one.why) == ("ada", "drawn"))
        grown.run("amend", new.item, "--withdraw", "--why", "z")
        grown.run("handover", "bo")
        later = [{"round": 2, "number": new.number, "what": "withdraw"}]
        assert manifest(grown, 3, "ada")["amendments"] == later

    def test_the_organiser_reads_of_every_amendment(self, study):
        one = self.item(study)
        study.run("amend", one.item, "--withdraw", "--why", "two files are missing")
        said = study.run("status", "--reviewers").stdout
        assert "withdrawn" in said
        assert "two files are missing" in said
        assert "ada/1/1" in said
        (told,) = study.json("status", "--reviewers")["amendments"]
        assert (told["what"], told["why"], told["items"]) == ("withdraw", "two files are missing", ["ada/1/1"])

    def test_what_cannot_be_amended_is_refused(self, study):
        one = self.item(study)
        assert (
            "there is no item ada/9/1" in study.run("amend", "ada/9/1", "--withdraw", "--why", "x", code=1).stderr
        )
        study.run("amend", one.item, "--withdraw", code=2)
        study.run("amend", one.item, "--withdraw", "--reissue", "--why", "x", code=2)
        study.run("amend", one.item, "--why", "x", code=2)
        simulate_and_collect(study)
        study.run("close")
        assert "closed" in study.run("amend", one.item, "--withdraw", "--why", "x", code=1).stderr
        assert "closed" in study.run("handover", "bo", code=1).stderr


class TestHandover:
    def test_open_work_goes_to_others_and_late_answers_still_count(self, study, answers, rounds_of):
        answer(study, answers, 1, "bo", 2, decision="request_changes", reason="other")
        bo = [one for one in of_round(study, 1) if one.reviewer == "bo"]
        packed = packets(study)
        told = study.json("handover", "bo")
        assert (told["round"], told["open"], told["ended"]) == (2, len(bo) - 2, 0)
        assert told["still_active"]
        new = of_round(study, 2)
        assert {(one.reviewer, one.why) for one in new} == {("ada", "handed_over")}
        assert {one.candidate for one in new} == {one.candidate for one in bo if one.number > 2}
        assert {name: packets(study)[name] for name in packed} == packed
        assert rows_add_up(study, rounds_of)["handed_over"] == len(bo) - 2
        assert study.json("handover", "bo")["round"] is None
        assert "no open items" in study.run("handover", "bo").stderr
        # Bo answers all the same: it counts beside what ada says.
        answer(study, answers, 1, "bo", decision="request_changes", reason="other")
        answer(study, answers, 1, "ada")
        answer(study, answers, 2, "ada", decision="accept")
        assert rows_add_up(study, rounds_of)["counted"] == len(everything(study))
        reviews = frames(study).reviews
        both = reviews[reviews["candidate"] == new[0].candidate]
        assert sorted(both["decision"]) == ["accept", "request_changes"]
        study.run("close")

    def test_somebody_else_is_named_and_those_who_may_not_are_refused(self, study):
        reviewers(study, 'id = "ada"', 'id = "bo"', 'id = "cy"', 'id = "di"\nactive = false')
        assert "no active reviewer" in study.run("handover", "bo", "--to", "di", code=1).stderr
        assert "no active reviewer" in study.run("handover", "bo", "--to", "nobody", code=1).stderr
        assert "cannot take over from bo" in study.run("handover", "bo", "--to", "bo", code=1).stderr
        assert "never handed anything" in study.run("handover", "eve", code=1).stderr
        assert study.json("status")["rounds"] == 1
        said = study.run("handover", "bo", "--to", "cy")
        assert {one.reviewer for one in of_round(study, 2)} == {"cy"}
        assert "bo is still active in reviewers.toml" in said.stderr

    def test_what_nobody_else_may_review_stays_where_it_is(self, study, rounds_of):
        reviewers(study, 'id = "bo"')
        refused = study.run("handover", "bo", code=1).stderr
        assert "nobody else may review" in refused
        assert study.json("status")["rounds"] == 1
        rows_add_up(study, rounds_of)

    def test_what_all_others_have_seen_is_said_and_stays_open(self, shell, rounds_of):
        configure(shell, "golden_share", "overlap = 4\ngolden_share")
        shell.run("pull")
        shell.run("assign")
        seen = {one.candidate for one in everything(shell) if one.reviewer == "ada"}
        both = [one for one in everything(shell) if one.reviewer == "bo" and one.candidate in seen]
        assert len(both) == 4
        said = shell.run("handover", "bo")
        assert "Nobody may review 4 candidates of o/lib" in said.stdout
        assert "stays bo's" in said.stdout
        bo = next(one for one in rounds_of(shell) if one["reviewer"] == "bo")
        assert bo["open"] == 4
        rows_add_up(shell, rounds_of)

    def test_repeats_end_with_who_would_have_repeated(self, shell, answers, rounds_of):
        configure(shell, "golden_share", "waves = 8\nrepeats = 0.5\ngolden_share")
        shell.run("pull")
        shell.run("assign")
        repeats = [one for one in everything(shell) if one.reviewer == "bo" and one.why == "repeat"]
        assert repeats
        told = shell.json("handover", "bo")
        assert told["ended"] == len(repeats)
        assert {one.why for one in of_round(shell, 2)} == {"handed_over"}
        rows_add_up(shell, rounds_of)

    def test_only_repeats_are_left_and_they_end(self, shell, answers, rounds_of):
        configure(shell, "golden_share", "waves = 8\nrepeats = 1.0\ngolden_share")
        shell.run("pull")
        shell.run("assign")
        mine = [one for one in everything(shell) if one.reviewer == "bo"]
        left = [one for one in mine if one.why == "repeat"]
        assert left
        packet = shell.study / "packets" / "small-round1-bo.packet"
        given = packet.with_suffix(".in.jsonl")
        repeats = {one.item for one in left}
        rows = answers(packet).splitlines(keepends=True)
        given.write_text("".join(row for row in rows if json.loads(row)["item"] not in repeats))
        shell.run("review", str(packet), "--answers-from", str(given))
        shell.run("collect", str(packet.with_suffix(".answers.jsonl")))
        told = shell.json("handover", "bo")
        assert (told["ended"], told["packets"]) == (len(left), [])
        bo = next(one for one in rounds_of(shell) if one["reviewer"] == "bo")
        assert (bo["open"], bo["released"]) == (0, len(left))
        rows_add_up(shell, rounds_of)


def test_a_whole_life(study, add_submission, patch_of, answers, rounds_of):
    """Months in one go: whatever happens, earlier packets stay, rows add up, and the end counts what stands."""
    packed = packets(study)

    def lived(**more: int) -> None:
        now = packets(study)
        assert {name: now[name] for name in packed} == packed
        packed.update(now)
        counts = rows_add_up(study, rounds_of)
        for key, least in more.items():
            assert counts.get(key, 0) >= least
        shares = {share for _, share in golden(study).values() if not math.isnan(share)}
        assert len(shares) == 1

    lived()
    answer(study, answers, 1, "ada")
    study.run("amend", "ada/1/2", "--withdraw", "--why", "broken")
    study.run("amend", "bo/1/1", "--reissue", "--why", "cut short")
    lived(withdrawn=1)
    made = {name: patch_of(n, "    return x", "    return x + 1 + 0") for n, name in enumerate(NAMES)}
    add_submission(study, "heron", made, set(range(COUNT)))
    study.run("pull")
    reviewers(study, 'id = "ada"', 'id = "bo"', 'id = "cy"\nhours = 5')
    study.run("assign")
    lived(withdrawn=1, reissued=1)
    preds = study.study / "heron" / "all_preds.jsonl"
    preds.write_text(preds.read_text().replace("x + 1 + 0", "x + 1 + 0 + 0", 1))
    study.run("pull")
    lived()
    study.run("handover", "bo")
    lived(handed_over=1)
    reviewers(study, 'id = "ada"', 'id = "bo"\nactive = false', 'id = "cy"')
    study.run("assign")
    lived(superseded=1)
    add_submission(study, "stork", dict(made), {1, 2}, released="2027-01-01")
    study.run("pull")
    study.run("assign")
    lived()
    assert "items are still open" in study.run("close", code=1).stderr
    (study.study / "packets" / "small-round1-ada.answers.jsonl").unlink()
    for path in (study.study / "packets").glob("*-ada.packet"):
        if "round1" not in path.name:
            answer(study, answers, int(path.name[len("small-round")]), "ada")
    for path in (study.study / "packets").glob("*-cy.packet"):
        answer(study, answers, int(path.name[len("small-round")]), "cy")
    study.run("close")
    told = study.json("report")
    found = frames(study)
    assert told["not_reviewed"] == 0
    assert told["verdicts"] == len(found.reviews) == found.reviews["decision"].notna().sum()
    drawn = found.attempts.query("sampled and disposition == 'reviewable'")
    assert set(drawn["candidate"]) <= set(found.reviews["candidate"])
    assert told["golden"]["reviewed"] == len(drawn.query("is_golden"))
    lived(withdrawn=1, reissued=1, handed_over=1)
    # stork wrote again what heron had taken back: it is part of the study once more, with what was said of it.
    assert "superseded" not in study.json("status")["assignments"]
