"""A text in the reviewer's own editor: a read-only scratch copy, gone when the editor has ended."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mergecheck.errors import Refused
from review_ui.signals import ctrl_c_is_for_another

LINE_FIRST = (
    "vi",
    "vim",
    "nvim",
    "view",
    "nano",
    "emacs",
    "emacsclient",
    "micro",
    "kak",
    "joe",
    "ne",
    "pico",
    "gvim",
)
WITH_COLON = ("code", "codium", "subl", "hx", "helix", "zed")


def editor() -> list[str]:
    """The reviewer's editor and its arguments.

    Raises:
        Refused: there is none, or what is named is no command.
    """
    named = (
        os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if sys.platform == "win32" else "vi")
    )
    try:
        command = shlex.split(named, posix=sys.platform != "win32")
    except ValueError as error:
        raise Refused(f"EDITOR is {named!r}, which is no command ({error})") from error
    if not command or shutil.which(command[0]) is None:
        raise Refused(f"there is no editor {named!r}", fix="set EDITOR")
    return command


def arguments(command: list[str], path: Path, line: int) -> list[str]:
    """How this editor is told to open the file at a line; one that we do not know is not told the line."""
    name = Path(command[0]).stem.lower()
    if name in LINE_FIRST:
        return [*command, f"+{line}", str(path)]
    if name in WITH_COLON:
        goto = ["--goto"] if name in ("code", "codium") else []
        return [*command, *goto, f"{path}:{line}"]
    return [*command, str(path)]


def edit(name: str, text: str, line: int) -> int:
    """Open a copy of the text at a line, wait for the editor to end, and return its exit code.

    The copy's name is the file's last part as far as it is harmless; its folder's name says nothing.

    Raises:
        Refused: there is no editor, or it cannot be run.
    """
    command = editor()
    harmless = "".join(mark if mark.isalnum() or mark in "._-" else "_" for mark in name.rpartition("/")[2])
    folder = Path(tempfile.mkdtemp(prefix="reading-"))
    path = folder / (harmless.lstrip(".-")[-100:] or "file")
    try:
        path.write_bytes(text.encode("utf-8", "replace"))
        path.chmod(0o444)
        with ctrl_c_is_for_another():
            return subprocess.run(arguments(command, path, line), check=False).returncode
    except OSError as error:
        raise Refused(f"the editor {command[0]} cannot be run ({error.strerror})", fix="set EDITOR") from error
    finally:
        # Windows does not delete what is read-only.
        if path.exists():
            path.chmod(0o600)
        shutil.rmtree(folder, ignore_errors=True)
