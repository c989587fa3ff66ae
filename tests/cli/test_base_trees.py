"""Base trees from a mirror to a packet, by the command line: read once, then never needed from there again."""

from __future__ import annotations

from pathlib import Path

import pytest

from mergecheck.packet.open import Packet


def packets(shell) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((shell.study / "packets").glob("*.packet"))}


@pytest.fixture
def mirrors(shell, repos, tmp_path) -> Path:
    """A folder of bare clones of the study's own, which a test may take away."""
    folder = tmp_path / "mirrors"
    (folder / "o").mkdir(parents=True)
    (folder / "o" / "lib.git").symlink_to(repos / "o" / "lib.git")
    shell.repos = folder
    shell.run("pull")
    return folder / "o" / "lib.git"


def test_reviewers_find_the_repository_as_it_was_and_the_mirror_is_not_needed_again(shell, mirrors):
    shell.run("assign")
    before = packets(shell)
    for name in before:
        with Packet.open(shell.study / "packets" / name) as packet:
            assert packet.manifest.format == 3
            item = packet.item(packet.manifest.items[0])
            tree = packet.tree(item)
            assert sorted(tree) == [f"lib/m{n}.py" for n in range(6)]
            (file,) = item.files
            assert tree[file.path] == file.old
            assert "def f0" in packet.text(tree["lib/m0.py"])
    mirrors.unlink()
    for name in before:
        (shell.study / "packets" / name).unlink()
    shell.run("assign")
    assert packets(shell) == before
    handed = shell.json("handover", "bo", "--to", "ada")
    (new,) = handed["packets"]
    with Packet.open(Path(new)) as packet:
        assert all(packet.tree(packet.item(one)) for one in packet.manifest.items)


def test_without_the_mirror_no_round_is_drawn_and_with_it_the_same_one(shell, mirrors):
    target = mirrors.resolve()
    mirrors.unlink()
    refused = shell.run("assign", code=1)
    assert "there is no bare clone of o/lib" in refused.stderr
    assert packets(shell) == {}
    assert shell.json("status")["rounds"] == 0
    mirrors.symlink_to(target)
    assert shell.json("assign")["round"] == 1
    assert packets(shell) != {}
