"""The report subject by subject: what `mergecheck report SUBJECT` prints."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    """What can be asked for by name; each has its module here, loaded when it is asked for."""

    RATES = "rates"
    FLOW = "flow"
    AGREEMENT = "agreement"
    BLINDING = "blinding"
    ORDER = "order"
    REASONS = "reasons"
    EFFORT = "effort"
    TREND = "trend"
    HORIZON = "horizon"
    REFUSED = "refused"
    NOISE = "noise"
    BASELINES = "baselines"
    SENSITIVITY = "sensitivity"
