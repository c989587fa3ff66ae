"""Two programs that write one packet: one waits for the other, and both end with the same packet."""

from __future__ import annotations

import threading
from collections import UserDict
from concurrent.futures import ThreadPoolExecutor

import pytest

from mergecheck.errors import PacketError
from mergecheck.packet.open import Packet
from mergecheck.packet.write import check_packet, write_packet


class Held(UserDict[str, str]):
    """Texts of which one is handed over only when it is let go."""

    def __init__(self, texts: dict[str, str], *, lost: bool) -> None:
        super().__init__(texts)
        self.asked, self.go = threading.Event(), threading.Event()
        self._last = min(texts)
        self._lost = lost

    def __getitem__(self, digest: str) -> str:
        if digest == self._last:
            self.asked.set()
            assert self.go.wait(30)
            if self._lost:
                raise KeyError(digest)
        return super().__getitem__(digest)

    def __contains__(self, digest: object) -> bool:
        return digest in self.data


@pytest.mark.parametrize("lost", [False, True])
def test_one_waits_for_the_other_and_writes_where_that_one_failed(tmp_path, packet_contents, lost):
    page, items, texts = packet_contents
    path = tmp_path / "p.packet"
    held = Held(texts, lost=lost)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write_packet, path, page, items, held)
        assert held.asked.wait(30)
        second = pool.submit(write_packet, path, page, items, texts)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        assert not path.exists()
        held.go.set()
        if lost:
            with pytest.raises(PacketError, match="missing"):
                first.result(30)
        else:
            assert first.result(30) == second.result(30)
    check_packet(path, {second.result()})
    assert [one.name for one in tmp_path.iterdir()] == ["p.packet"]
    assert path.stat().st_mode & 0o222 == 0


def test_what_a_killed_program_left_is_written_over(tmp_path, packet_contents):
    page, items, texts = packet_contents
    path = tmp_path / "p.packet"
    path.with_name("p.packet.part").write_bytes(b"half " * 10_000)
    digest = write_packet(path, page, items, texts)
    with Packet.open(path) as packet:
        packet.check()
        assert packet.digest == digest
    write_packet(tmp_path / "q.packet", page, items, texts)
    assert path.read_bytes() == (tmp_path / "q.packet").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_another_packet_in_its_place_is_told(tmp_path, packet_contents):
    page, items, texts = packet_contents
    path = tmp_path / "p.packet"
    digest = write_packet(path, page, items, texts)
    check_packet(path, {"0" * 64, digest})
    with pytest.raises(PacketError, match="a different packet") as caught:
        check_packet(path, {"0" * 64})
    assert "move it away" in caught.value.fix
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(PacketError, match="cannot be read"):
        check_packet(path, {digest})
