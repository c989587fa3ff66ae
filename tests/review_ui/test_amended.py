"""What a reviewer reads of items of earlier packets that were withdrawn or are given out anew."""

from __future__ import annotations

import pytest

from mergecheck.packet.format import Amended
from mergecheck.packet.open import Packet
from mergecheck.records import Front
from review_ui.desk import Desk
from review_ui.pages import start_page

TOLD = (
    Amended(round=2, number=7, what="withdraw"),
    Amended(round=1, number=12, what="withdraw"),
    Amended(round=1, number=3, what="withdraw"),
    Amended(round=1, number=5, what="reissue"),
)
HEADING = "== Changes to your earlier packets =="


@pytest.fixture
def lines(make_packet):
    """The start page of a packet that tells of these amendments."""

    def of(told) -> list[str]:
        with Desk.open(make_packet(amendments=told), front=Front.PLAIN) as desk:
            return [line.plain for line in start_page(desk)]

    return of


def test_every_item_stands_under_what_became_of_it_by_round_and_number(lines):
    said = lines(TOLD)
    begin = said.index(HEADING)
    assert said[begin + 1].startswith("Taken out of the study.")
    assert said[begin + 2 : begin + 4] == ["  round 1: items 3 and 12", "  round 2: item 7"]
    assert said[begin + 4].startswith("Given out anew")
    assert said[begin + 5] == "  round 1: item 5"


def test_without_amendments_there_is_nothing_to_read(lines):
    assert HEADING not in lines(())


@pytest.mark.parametrize("what", ["withdraw", "reissue"])
def test_only_what_happened_is_told(lines, what):
    said = "\n".join(lines([one for one in TOLD if one.what == what]))
    assert ("Taken out" in said, "Given out anew" in said) == (what == "withdraw", what == "reissue")


def test_it_is_read_before_anything_is_asked_and_gives_no_item_of_this_packet_away(make_packet, talk):
    packet = make_packet(amendments=TOLD)
    conversation = talk(packet, "--plain", pty=False)
    said, prompt = conversation.prompt()
    assert "Enter begins" in prompt
    assert "round 1: items 3 and 12" in said
    with Packet.open(packet) as opened:
        assert not any(item in said for item in opened.manifest.items)
    conversation.answer("q")
