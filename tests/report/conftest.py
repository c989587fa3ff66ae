from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from mergecheck.stats.analysis import Analysis, analyse
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study

Frames = tuple[pd.DataFrame, pd.DataFrame]
OLD, NEW = "a-very-long-submission-name-of-2024", "new"


@pytest.fixture(scope="session")
def simulated() -> Frames:
    """A simulated study of two submissions over 30 instances, half of golden drawn, some verdicts skipped."""
    design = Design(
        (Simulated(OLD, date(2024, 6, 20), 0.45), Simulated(NEW, date(2025, 9, 29), 0.7)), 30, golden_share=0.5
    )
    parameters = Parameters({OLD: 0.4, NEW: 0.6, "golden": 0.7}, seed=5, skip_rate=0.05)
    return simulate_study(parameters, design)


@pytest.fixture(scope="session")
def analysis(simulated: Frames) -> Analysis:
    return analyse(*simulated)


@pytest.fixture
def real(simulated: Frames) -> Callable[..., Analysis]:
    """The same study as if people had reviewed it, with columns of the attempts changed."""

    def analysed(**changes: object) -> Analysis:
        attempts, reviews = simulated
        return analyse(attempts.assign(**changes), reviews.assign(simulated=False))

    return analysed
