"""Every path of the full-screen front that does not lie beside the packet."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path

APP = "mergecheck"


def config_folder() -> Path:
    """The reviewer's own settings, by the system's custom: `~/.config/mergecheck` on Linux."""
    return user_config_path(APP, appauthor=False)


def keys_file() -> Path:
    """Keys that replace ours; written by the reviewer, never by us."""
    return config_folder() / "keys.toml"


def choices_file() -> Path:
    """What was chosen last (theme, layout …); written by us."""
    return config_folder() / "review.json"
