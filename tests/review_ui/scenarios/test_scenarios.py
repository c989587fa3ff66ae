"""The same scenarios in both fronts. What is recorded is the same, but for times, ids and the name of the front.

A scenario is written once, for hands that both fronts have; one that a front cannot do fails.
"""

import asyncio

import pytest

from mergecheck.records import Front

FIELDS = {"progress": "70", "confidence": "6", "minutes": "45"}
SCENARIOS = []


def scenario(run):
    SCENARIOS.append(run)
    return run


@scenario
async def accepted(hands):
    async with hands.session() as said:
        assert "Study: Shop" in said
        assert "Judge each on its own" in said
        assert "Total of nothing is None" in said
        await hands.verdict("a", progress="90", confidence="8", minutes="30", comment="fine\nas it is")
        assert "Coupons are lost" in await hands.guess("h", "7", "f")


@scenario
async def changes_requested_with_every_field(hands):
    async with hands.session():
        await hands.verdict("r", reason="code_quality", **FIELDS, comment="one loop would do")
        await hands.guess("a", "9", "y")


@scenario
async def a_missing_field_is_complained_of(hands):
    async with hands.session():
        said = await hands.verdict("a", missing="confidence", progress="100", confidence="3", minutes="5")
        assert "ive a whole number from 1 to 10" in said
        await hands.guess("c", "", "n")
        said = await hands.verdict("r", missing="minutes", reason="other", **FIELDS)
        assert "ive the minutes that you would need" in said


@scenario
async def a_missing_reason_is_complained_of(hands):
    async with hands.session():
        said = await hands.verdict("r", missing="reason", **FIELDS, reason="other")
        assert "type one of 1" in said.lower() or "! give the core reason" in said


@scenario
async def after_the_guess_only_a_correction_with_a_reason(hands):
    async with hands.session():
        await hands.verdict("a", progress="100", confidence="8", minutes="30")
        await hands.guess("a", "5", "n")
        said = await hands.go_to(1)
        assert "ccept" in said
        await hands.correct("r", why="I had missed a case", reason="code_quality", **FIELDS)


@scenario
async def skipped_with_a_reason(hands):
    async with hands.session():
        said = await hands.verdict("s", skip_reason="cannot_judge", comment="not my part")
        assert "Coupons are lost" in said
        await hands.verdict("s", missing="skip_reason", skip_reason="conflict_of_interest")


@scenario
async def undone_and_given_again(hands):
    async with hands.session():
        await hands.verdict("a", progress="100", confidence="8", minutes="30", comment="too quick")
        assert "Taken back" in await hands.undo()
        await hands.verdict("a", progress="80", confidence="4", minutes="30")
        await hands.guess("h", "2", "n")


@scenario
async def revised_before_the_guess(hands):
    async with hands.session():
        await hands.verdict("a", progress="100", confidence="8", minutes="30")
        await hands.revise("r", reason="code_quality", progress="40")
        await hands.guess("h", "2", "n")


@scenario
async def comments_on_line_range_file_and_change(hands):
    async with hands.session():
        for where, text in (
            ((1, 2), "why this"), ((1, 1, 2), "both of these\nlines"), ((2,), "a new file"), ((), "all of it"),
        ):  # fmt: skip
            said = await hands.comment(where, text)
            assert "Saved" in said
        await hands.edit_comment(1, "and that")
        await hands.delete_comment(3)


@scenario
async def a_draft_of_a_comment_is_resumed(hands):
    async with hands.session():
        await hands.comment((1, 2), "half a thought", save=False)
    async with hands.session() as said:
        assert "src/basket.py" in said
        assert "Saved" in await hands.save_begun_comment()


@scenario
async def a_begun_comment_is_not_lost_by_changing_another(hands):
    """It comes first, wherever another would be written or changed; then the other has its turn."""
    async with hands.session():
        await hands.comment((1, 2), "why this")
        await hands.comment((), "half a thought", save=False)
        await hands.edit_comment(1, "and its end")
        await hands.edit_comment(1, "and that")


@scenario
async def paused(hands):
    async with hands.session():
        assert "Paused" in await hands.pause()


@scenario
async def the_list_says_what_was_said(hands):
    async with hands.session():
        await hands.verdict("s", skip_reason="cannot_judge")
        said = await hands.items()
        assert "1 of 4 answered" in said
        assert "skip" in said
        await hands.go_to(4)
        await hands.verdict("s", skip_reason="cannot_judge")


@scenario
async def the_change_is_searched(hands):
    async with hands.session():
        assert await hands.search("result =") == 2
        assert await hands.search("RESULT") == 0


@scenario
async def viewed_marks_are_kept(hands):
    async with hands.session():
        assert "1 of 2 files viewed" in await hands.viewed(1)
    async with hands.session():
        assert "2 of 2 files viewed" in await hands.viewed(2)


@scenario
async def the_repository_as_it_was(hands):
    async with hands.session():
        assert "other = 2" in await hands.find_file("coupon")
        said = await hands.search_repository("needle")
        assert "src/deep/coupon.py:1" in said
        assert "1 line" in said
        assert "needle = 1" in said


@scenario
async def issue_and_guidelines_are_at_hand(hands):
    async with hands.session():
        assert "It should be zero." in await hands.issue()
        assert "Judge each on its own" in await hands.guidelines()


@scenario
async def repeats_finish_and_summary(hands):
    """Each item stands for itself, the one that comes again too; minutes are asked once an issue, then offered."""
    async with hands.session():
        await hands.verdict("a", progress="90", confidence="8", minutes="30")
        await hands.guess("h", "7", "n")
        await hands.verdict("r", reason="other", progress="20", confidence="8", minutes="12.5")
        await hands.guess("c", "", "n")
        # The first again, of whose issue the minutes are known: nobody types them.
        await hands.verdict("r", reason="code_quality", progress="60", confidence="3")
        await hands.guess("a", "4", "f")
        await hands.verdict("s", skip_reason="recognised")
        said = await hands.end()
        assert "1 accepted, 2 with changes requested, 1 skipped" in said
        said = await hands.finish()
        assert "Finished" in said
        # A long path goes on in the next line, wherever this machine's folders make it end.
        assert "fox.answers.jsonl" in "".join(line.strip() for line in said.splitlines())


def check(packet, told, run):
    """What must be in the file, whatever the front."""
    events = told(packet)
    kinds = [kind for kind, _, _ in events]
    bodies = {kind: body for kind, _, body in events}
    match run.__name__:
        case "accepted":
            assert kinds == ["shown", "verdict", "guess_opened", "guess", "shown"]
            assert bodies["verdict"]["comment"] == "fine\nas it is"
            assert bodies["guess"] == {"author": "human", "confidence": 7, "recognised": "familiar"}
        case "undone_and_given_again":
            assert kinds.count("verdict") == 2
            assert bodies["verdict"]["comment"] == "too quick", "what was taken back is offered"
        case "after_the_guess_only_a_correction_with_a_reason":
            assert kinds.count("verdict") == 1
            assert bodies["correction"]["why"] == "I had missed a case"
            assert bodies["correction"]["decision"] == "request_changes"
        case "revised_before_the_guess":
            assert bodies["verdict"]["confidence"] == 8, "what was given before is offered"
            assert (bodies["verdict"]["progress"], bodies["verdict"]["reason"]) == (40, "code_quality")
        case "comments_on_line_range_file_and_change":
            made = [body for kind, _, body in events if kind == "comment"]
            assert [(body["path"], body["start"], body["end"]) for body in made] == [
                ("src/basket.py", 2, 2), ("src/basket.py", 1, 2), ("src/more.py", None, None), (None, None, None),
            ]  # fmt: skip
            assert bodies["comment_edited"] == {"comment_id": "1", "text": "why this\nand that"}
            assert bodies["comment_deleted"] == {"comment_id": "3"}
        case "a_draft_of_a_comment_is_resumed":
            assert bodies["comment"]["text"] == "half a thought"
        case "a_begun_comment_is_not_lost_by_changing_another":
            made = [(body["path"], body["text"]) for kind, _, body in events if kind == "comment"]
            assert made == [("src/basket.py", "why this"), (None, "half a thought\nand its end")]
            assert bodies["comment_edited"] == {"comment_id": "1", "text": "why this\nand that"}
        case "repeats_finish_and_summary":
            third = next(body for kind, item, body in events if (kind, item) == ("verdict", "blind-3"))
            assert third["baseline_minutes"] == 30
            assert kinds[-1] == "finished"


@pytest.mark.parametrize("run", SCENARIOS, ids=lambda run: run.__name__)
def test_both_fronts_do_it_and_record_the_same(run, hands_of, told, drafts_of):
    recorded, kept = {}, {}
    for front in (Front.PLAIN, Front.FULL_SCREEN):
        hands = hands_of(front)
        asyncio.run(run(hands))
        recorded[front], kept[front] = told(hands.packet), drafts_of(hands.packet)
        assert recorded[front], "nothing was recorded"
        check(hands.packet, told, run)
    assert recorded[Front.PLAIN] == recorded[Front.FULL_SCREEN]
    assert kept[Front.PLAIN] == kept[Front.FULL_SCREEN]
