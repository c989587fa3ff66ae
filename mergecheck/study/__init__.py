"""The study folder and its `study.toml`: made, read, checked whole."""

from mergecheck.study.config import BenchmarkConfig, Study, SubmissionConfig
from mergecheck.study.create import PRESETS, create_study, study_text
from mergecheck.study.key import read_key
from mergecheck.study.load import load_study, require_submissions

__all__ = [
    "PRESETS",
    "BenchmarkConfig",
    "Study",
    "SubmissionConfig",
    "create_study",
    "load_study",
    "read_key",
    "require_submissions",
    "study_text",
]
