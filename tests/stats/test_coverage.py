"""Simulated truth is recovered. (The full table, with thousands of studies, is a benchmark and no test.)"""

from collections import Counter
from datetime import date

from mergecheck.stats.analysis import analyse
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study, study_truth

DESIGN = Design(
    (
        Simulated("old", date(2024, 6, 20), 0.35),
        Simulated("mid", date(2025, 2, 1), 0.55),
        Simulated("new", date(2025, 9, 29), 0.7),
    ),
    n_instances=60,
    golden_share=0.5,
)
ACCEPTANCE = {"old": 0.4, "mid": 0.45, "new": 0.55, "golden": 0.7}
RATES = (
    "pass_rate", "conditional_rate", "merge_rate", "relative_merge_rate", "relative_conditional_rate", "gap"
)  # fmt: skip


def test_each_models_intervals_cover_its_known_rates_in_90_of_100_studies():
    covered: Counter[tuple[str, str]] = Counter()
    for seed in range(100):
        parameters = Parameters(ACCEPTANCE, seed=seed)
        analysis = analyse(*simulate_study(parameters, DESIGN))
        true = study_truth(parameters, DESIGN)
        for rate in analysis.rates:
            for name in RATES:
                covered[rate.submission, name] += getattr(rate, name).covers(getattr(true[rate.submission], name))
        gap = sum(one.gap for one in true.values()) / len(true)
        covered["all", "level gap"] += analysis.level_gap.estimate.covers(gap)
    assert len(covered) == 19
    assert min(covered.values()) >= 90, covered
    # Intervals that held everything would cover as well.
    assert sum(covered.values()) < 99.5 * len(covered)
