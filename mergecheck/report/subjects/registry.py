"""Which module makes the page of which subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.agreement import agreement_page
from mergecheck.report.subjects.baselines import baselines_page
from mergecheck.report.subjects.blinding import blinding_page
from mergecheck.report.subjects.effort import effort_page
from mergecheck.report.subjects.flow import flow_page
from mergecheck.report.subjects.horizon import horizon_page
from mergecheck.report.subjects.noise import noise_page
from mergecheck.report.subjects.order import order_page
from mergecheck.report.subjects.page import Material, Page
from mergecheck.report.subjects.rates import rates_page
from mergecheck.report.subjects.reasons import reasons_page
from mergecheck.report.subjects.refused import refused_page
from mergecheck.report.subjects.sensitivity import sensitivity_page
from mergecheck.report.subjects.trend import trend_page

PAGES: Mapping[Subject, Callable[[Material], Page]] = {
    Subject.RATES: rates_page,
    Subject.FLOW: flow_page,
    Subject.AGREEMENT: agreement_page,
    Subject.BLINDING: blinding_page,
    Subject.ORDER: order_page,
    Subject.REASONS: reasons_page,
    Subject.EFFORT: effort_page,
    Subject.TREND: trend_page,
    Subject.HORIZON: horizon_page,
    Subject.REFUSED: refused_page,
    Subject.NOISE: noise_page,
    Subject.BASELINES: baselines_page,
    Subject.SENSITIVITY: sensitivity_page,
}
"""A page maker a subject."""
