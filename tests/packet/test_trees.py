"""Base trees in a packet: stored once, read when asked for, checked whenever read, never outside the tree."""

import json
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.errors import PacketError
from mergecheck.packet.form import Form
from mergecheck.packet.format import Manifest, content_digest, dump, oldest_format, text_digest
from mergecheck.packet.open import Packet
from mergecheck.packet.trees import PacketFolder, folders_of, walk
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Kind

FILES = {
    "README": "hello\n",
    "src/a.py": "a\n",
    "src/deep/er/b.py": "b\n",
    "src/caf\udce9.py": "an odd name\n",
    "copy/a.py": "a\n",
    "logo.png": None,
}


def digests(files):
    return {path: None if text is None else text_digest(text) for path, text in files.items()}


def tree(files):
    """The topmost folder's digest, and the texts of files and folders."""
    root, texts = folders_of(digests(files))
    return root, texts | {text_digest(text): text for text in files.values() if text is not None}


def manifest(*, trees: bool = True) -> Manifest:
    return Manifest(
        format=oldest_format(amendments=False, trees=trees),
        study_id="s",
        study="S",
        reviewer="fox",
        round=1,
        rules="1",
        waves=1,
        form=Form(),
        guidelines="",
        items=(),
    )


def contents(*trees):
    items, texts = [], {}
    for number, files in enumerate(trees, start=1):
        root, more = (None, {}) if files is None else tree(files)
        change = FileChange(
            "src/a.py", Kind.MODIFIED, old_text="a\n", new_text=f"{number}\n", new_digest=str(number)
        )
        made = Candidate("i", CanonicalChange("1", (change,)))
        item, shown = make_item(
            Assignment(f"blind-{number}", "fox", made.id, 1, 1, number), made, "o/r", "i", root
        )
        items.append(item)
        texts |= shown | more
    return items, texts


def written(folder, *trees):
    items, texts = contents(*trees)
    path = folder / "p.packet"
    write_packet(path, manifest(), items, texts)
    return path


def test_a_tree_comes_back_as_it_went_in(tmp_path):
    with Packet.open(written(tmp_path, FILES)) as packet:
        item = packet.item("blind-1")
        found = packet.tree(item)
        assert list(found.items()) == sorted(digests(FILES).items())
        assert {path: digest and packet.text(digest) for path, digest in found.items()} == FILES
        # The change's old text and the tree's are one blob.
        assert found["src/a.py"] == item.files[0].old
        assert packet.manifest.format == 3


def test_equal_trees_folders_and_texts_are_there_once(tmp_path):
    other = {**FILES, "src/deep/er/b.py": "other\n"}
    with zipfile.ZipFile(written(tmp_path, FILES, FILES, other)) as archive:
        names = Counter(archive.namelist())
    assert set(names.values()) == {1}
    # Seven folders at most: top, src, deep, er twice; copy once, its like nowhere else.
    assert sum(name.startswith("trees/") for name in names) == 9
    assert sum(name.startswith("blobs/") for name in names) == 5 + 4


def test_without_trees_a_packet_is_what_it_was(tmp_path):
    """Format 1, no new key anywhere, and the digest taken as the first version took it."""
    items, texts = contents(None)
    assert manifest(trees=False).format == 1
    assert oldest_format(amendments=True, trees=False) == 2
    path = tmp_path / "p.packet"
    write_packet(path, manifest(trees=False), items, texts)
    with zipfile.ZipFile(path) as archive:
        assert "tree" not in json.loads(archive.read("items/blind-1.json"))
        entries = {name: text_digest(archive.read(name).decode()) for name in archive.namelist()}
    with Packet.open(path) as packet:
        assert packet.tree(packet.item("blind-1")) == {}
        assert packet.digest == content_digest(
            packet.manifest, {name: digest for name, digest in entries.items() if name != "manifest.json"}
        )


def rezip(source, target, change):
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target


@pytest.mark.parametrize("kind", ["trees/", "blobs/"])
def test_no_entry_of_a_tree_can_be_changed_added_to_or_taken_away(tmp_path, kind):
    path = written(tmp_path, FILES)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(kind)]
    for name in names:
        changed = rezip(path, tmp_path / "c", lambda entries, n=name: entries.update({n: entries[n] + b" "}))
        with pytest.raises(PacketError, match="digest"), Packet.open(changed) as packet:
            packet.check()
        with pytest.raises(PacketError, match="digest"), Packet.open(changed) as packet:
            assert [text and packet.text(text) for text in packet.tree(packet.item("blind-1")).values()]
        for other in (
            rezip(path, tmp_path / "c", lambda entries, n=name: entries.pop(n)),
            rezip(path, tmp_path / "c", lambda entries, k=kind: entries.update({f"{k}{'0' * 64}": b"{}"})),
        ):
            with pytest.raises(PacketError, match="digest"):
                Packet.open(other)


def packet_of_folders(folder, root, texts):
    """A packet that a hostile organiser made: any folders, rightly digested."""
    items, more = contents(None)
    path = folder / "p.packet"
    write_packet(path, manifest(), [items[0].model_copy(update={"tree": root})], more | texts)
    return path


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc", "nul\0"])
@pytest.mark.parametrize("key", ["files", "folders"])
def test_a_name_that_leaves_the_tree_is_refused_when_written_and_when_read(tmp_path, name, key):
    text = json.dumps({"files": {}, "folders": {}, key: {name: "0" * 64}})
    with pytest.raises(PacketError, match="no name"):
        packet_of_folders(tmp_path, text_digest(text), {text_digest(text): text})
    with pytest.raises(PacketError):
        folders_of({f"a/{name}/b" if "/" not in name else "/etc": None})
    good = written(tmp_path, FILES)
    raw = PacketFolder({name: None}, {}).dump().encode()

    def swap(entries):
        page = json.loads(entries["items/blind-1.json"])
        page["tree"] = text_digest(raw.decode())
        entries["items/blind-1.json"] = json.dumps(page).encode()
        entries[f"trees/{page['tree']}.json"] = raw
        top = Manifest.model_validate(json.loads(entries.pop("manifest.json")))
        stated = {n: text_digest(data.decode("utf-8", "surrogatepass")) for n, data in entries.items()}
        digest = content_digest(top, stated)
        entries["manifest.json"] = dump(top.model_copy(update={"content_digest": digest}))

    with Packet.open(rezip(good, tmp_path / "h", swap)) as packet, pytest.raises(PacketError, match="no name"):
        packet.tree(packet.item("blind-1"))


def test_folders_that_multiply_are_refused(monkeypatch):
    """Ten names for one folder, ten deep: ten thousand million paths in a few hundred bytes."""
    monkeypatch.setattr("mergecheck.packet.trees.MOST_ENTRIES", 20_000)
    texts, inner = {}, {"files": {"a": None}, "folders": {}}
    for _ in range(10):
        text = json.dumps(inner)
        texts[text_digest(text)] = text
        inner = {"files": {}, "folders": {str(n): text_digest(text) for n in range(10)}}
    text = json.dumps(inner)
    texts[text_digest(text)] = text
    with pytest.raises(PacketError, match="more than"):
        list(
            walk(
                text_digest(text),
                lambda digest: PacketFolder.parse(texts[digest].encode("utf-8", "surrogatepass")),
            )
        )


def test_a_text_of_a_tree_that_is_missing_or_false_is_refused_and_nothing_written(tmp_path):
    items, texts = contents(FILES)
    gone = {digest: text for digest, text in texts.items() if text != "b\n"}
    with pytest.raises(PacketError, match="missing"):
        write_packet(tmp_path / "p", manifest(), items, gone)
    false = {digest: "else\n" if text == "b\n" else text for digest, text in texts.items()}
    with pytest.raises(PacketError, match="digest says"):
        write_packet(tmp_path / "p", manifest(), items, false)
    assert list(tmp_path.iterdir()) == []


class Made(Mapping):
    """Texts of 100 kB that nobody holds: each is made when it is asked for."""

    def __init__(self, count, more):
        self._more = more
        self.numbers = {text_digest(self.text(n)): n for n in range(count)}

    @staticmethod
    def text(number):
        return f"{number:06}\n" * 14_000

    def __getitem__(self, digest):
        return self.text(self.numbers[digest]) if digest in self.numbers else self._more[digest]

    def __iter__(self):
        return iter([*self.numbers, *self._more])

    def __len__(self):
        return len(self.numbers) + len(self._more)


def test_a_large_packet_takes_little_memory_to_write_and_to_open(tmp_path):
    texts = Made(400, {})
    root, folders = folders_of({f"f{number}": digest for digest, number in texts.numbers.items()})
    items, more = contents(None)
    texts._more = more | folders
    item = items[0].model_copy(update={"tree": root})
    size = 400 * len(Made.text(0))
    tracemalloc.start()
    write_packet(tmp_path / "p", manifest(), [item], texts)
    packet = Packet.open(tmp_path / "p")
    found = packet.tree(item)
    assert len(found) == 400
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size / 8
    with packet:
        packet.check()
        assert packet.text(found["f7"]) == Made.text(7)


names = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=6).filter(
    lambda n: n not in (".", "..")
)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(paths, st.none() | st.just("0" * 64) | st.just("f" * 64), max_size=12))
def test_folders_hold_every_path_or_are_refused(files):
    blocked = any(path.startswith(f"{other}/") for path in files for other in files)
    if blocked:
        with pytest.raises(PacketError, match="at once"):
            folders_of(files)
        return
    root, texts = folders_of(files)
    assert root == folders_of(dict(reversed(files.items())))[0]
    assert all(text_digest(text) == digest for digest, text in texts.items())
    assert (
        dict(walk(root, lambda digest: PacketFolder.parse(texts[digest].encode("utf-8", "surrogatepass"))))
        == files
    )
