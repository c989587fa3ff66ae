"""Written and opened again: the same to the byte, or refused with what to do."""

import hashlib
import json
import os
import shutil
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.errors import PacketError
from mergecheck.packet.format import MANIFEST, Manifest, content_digest, digest_in, dump
from mergecheck.packet.open import Packet
from mergecheck.packet.texts import TextSize
from mergecheck.packet.write import write_packet

STEP = int(os.environ.get("MERGECHECK_BYTES_APART", "7"))
"""Of the bytes that are changed one by one; 1 takes them all."""


def rezip(source, target, change):
    """A copy of a packet with its entries changed."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target


def with_manifest(**changes):
    def change(entries):
        entries["manifest.json"] = json.dumps({**json.loads(entries["manifest.json"]), **changes}).encode()

    return change


def refused(path) -> PacketError:
    with pytest.raises(PacketError) as caught:
        Packet.open(path)
    assert caught.value.where == str(path)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("seed", range(5))
def test_equal_contents_in_any_order_are_equal_bytes(make_packet, seed):
    assert make_packet("a.zip").read_bytes() == make_packet("b.zip", shuffle=seed).read_bytes()


def test_another_name_is_another_packet(make_packet):
    assert make_packet("a.zip").read_bytes() != make_packet("b.zip", study="Other").read_bytes()


def test_what_was_written_is_read(make_packet, packet_contents):
    _, items, texts = packet_contents
    with Packet.open(make_packet(shuffle=3)) as packet:
        assert packet.manifest.items == tuple(item.id for item in items)
        assert [packet.item(item.id) for item in items] == items
        assert {digest: packet.text(digest) for digest in texts} == texts


def test_a_packet_is_read_only_and_never_rewritten(make_packet, packet_contents):
    path = make_packet()
    before = path.stat()
    assert path.stat().st_mode & 0o222 == 0
    make_packet()
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(PacketError, match="never rewritten"):
        make_packet(study="Another study")
    assert Packet.open(path).manifest.study == "Tables"


def test_a_missing_text_is_refused_and_nothing_written(tmp_path, packet_contents):
    page, items, texts = packet_contents
    texts.pop(items[0].issue)
    with pytest.raises(PacketError, match="missing"):
        write_packet(tmp_path / "p.zip", page, items, texts)
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_packet_is_refused(make_packet):
    path = make_packet()
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        cut = path.with_name("cut.zip")
        cut.write_bytes(whole[:length])
        assert "truncated" in str(refused(cut)) or "damaged" in str(refused(cut))


def test_a_changed_byte_is_refused_or_changes_nothing(make_packet):
    """Bytes all over the file, one after the other: no exception but ours, and never other contents."""
    path = make_packet()
    whole = path.read_bytes()
    with Packet.open(path) as packet:
        digest, items = packet.digest, [packet.item(item) for item in packet.manifest.items]
    flipped = path.with_name("flipped.zip")
    refusals = 0
    places = range(0, len(whole), STEP)
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        flipped.write_bytes(changed)
        try:
            packet = Packet.open(flipped)
        except PacketError:
            refusals += 1
            continue
        with packet:
            assert packet.digest == digest
            assert [packet.item(item) for item in packet.manifest.items] == items
    assert refusals > len(places) / 2


def test_changed_contents_do_not_match_the_digest(make_packet):
    path = make_packet()
    target = path.with_name("changed.zip")
    refused(rezip(path, target, lambda entries: entries.update({"items/blind-1.json": b"{}"})))
    assert "digest" in str(refused(rezip(path, target, with_manifest(study="Another"))))
    refused(rezip(path, target, lambda entries: entries.pop("items/blind-2.json")))


def test_a_newer_format_says_so(make_packet):
    path = make_packet()
    error = refused(rezip(path, path.with_name("newer.zip"), with_manifest(format=99, something_new=True)))
    assert "format 99" in error.what
    assert "newer mergecheck" in error.fix


@pytest.mark.parametrize("raw", [b"", b"PK", b"just a text\n", b"\x1f\x8b\x08\x00" * 30])
def test_what_is_no_zip_is_refused(tmp_path, raw):
    path = tmp_path / "p.zip"
    path.write_bytes(raw)
    refused(path)


def test_no_file_a_folder_and_another_zip_are_refused(tmp_path):
    assert "no such file" in str(refused(tmp_path / "nothing.zip"))
    refused(tmp_path)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "hello")
    assert "no packet" in str(refused(other))


def test_answers_lie_beside_the_packet(make_packet):
    with Packet.open(make_packet("deep/fox.round-1.zip")) as packet:
        assert packet.answers_path == packet.path.parent / "fox.round-1.answers.jsonl"


def test_a_moved_packet_is_the_same_packet(make_packet, tmp_path):
    path = make_packet()
    copy = tmp_path / "renamed.zip"
    shutil.copy(path, copy)
    with Packet.open(path) as one, Packet.open(copy) as two:
        assert one.digest == two.digest


@given(st.text(st.sampled_from("a\n\r\u2028é漢"), max_size=20))
def test_only_a_line_feed_ends_a_line(text):
    lines = text.split("\n")
    expected = TextSize(len(text), len(lines) - (lines[-1] == ""))
    assert TextSize.of(text) == expected
    if text.isascii():
        assert TextSize.of(text.encode()) == expected


def test_how_long_a_shown_text_is_needs_no_reading(make_packet):
    with Packet.open(make_packet()) as packet:
        shown = {digest for one in packet.manifest.items for digest in packet._shown(one)}
        expected = {digest: TextSize.of(packet.text(digest)) for digest in shown}
    # Nothing can be read any more.
    with pytest.raises(ValueError, match="closed"):
        packet.text(min(shown))
    assert {digest: packet.size(digest) for digest in shown} == expected


def test_a_text_that_is_none_is_refused_at_opening(make_packet):
    path = make_packet()

    def change(entries):
        manifest = Manifest.model_validate_json(entries.pop(MANIFEST))
        old, bad = next(name for name in entries if name.startswith("blobs/")), b"caf\xe9\n"
        new = f"blobs/{hashlib.sha256(bad).hexdigest()}"
        del entries[old]
        for name in [name for name in entries if name.startswith("items/")]:
            entries[name] = entries[name].replace(old[6:].encode(), new[6:].encode())
        entries[new] = bad
        digests = {name: digest_in(name) or hashlib.sha256(raw).hexdigest() for name, raw in entries.items()}
        stated = content_digest(manifest, digests)
        entries[MANIFEST] = dump(manifest.model_copy(update={"content_digest": stated}))

    assert "is no text" in str(refused(rezip(path, path.with_name("latin.zip"), change)))
