"""The study folder, its `study.toml` and its `reviewers.toml`: made, read, checked whole."""

from mergecheck.study.config import BenchmarkConfig, Conflict, Hints, RoundsConfig, Study, SubmissionConfig
from mergecheck.study.create import PRESETS, create_study, reviewers_text, study_text
from mergecheck.study.key import read_key
from mergecheck.study.load import load_study, require_submissions

__all__ = [
    "PRESETS",
    "BenchmarkConfig",
    "Conflict",
    "Hints",
    "RoundsConfig",
    "Study",
    "SubmissionConfig",
    "create_study",
    "load_study",
    "read_key",
    "require_submissions",
    "reviewers_text",
    "study_text",
]
