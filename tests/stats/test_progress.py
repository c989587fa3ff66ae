"""The progress variant is the same analysis of another decision, on both sides of the ratio."""

import numpy as np
import pytest

from mergecheck.errors import StatsError
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import check_attempts, check_reviews, empty_reviews
from mergecheck.stats.progress import by_progress


def study(frames):
    mine = {"i0": "r", "i1": "a", "i2": "r", "i3": "s", "i4": "f"}
    attempts, reviews = frames({"m": mine, "golden": {"i0": "a", "i1": "r"}})
    reviews["progress"] = [85, 80, 20, np.nan, 100, 81]
    attempts = check_attempts(attempts)
    return attempts, check_reviews(reviews, attempts)


@pytest.mark.parametrize(("at_least", "accepted"), [(False, 1), (True, 2)])
def test_progress_decides_for_submission_and_golden(frames, at_least, accepted):
    attempts, reviews = study(frames)
    analysis = analyse(attempts, by_progress(reviews, at_least=at_least))
    (rate,) = analysis.rates
    assert (rate.reviewed, rate.conditional_rate.estimate) == (3, pytest.approx(accepted / 3))
    assert analysis.golden.rate.estimate == 1
    assert analyse(attempts, reviews).golden.rate.estimate == 0.5


def test_skips_stay_and_verdicts_without_progress_decide_nothing(frames):
    attempts, reviews = study(frames)
    reviews.loc[0, "progress"] = np.nan
    varied = by_progress(reviews)
    assert varied["decision"].tolist() == [None, "request_changes", "request_changes", "skip", "accept", "accept"]
    assert varied["reason"].tolist() == [None, None, "code_quality", None, None, None]
    assert analyse(attempts, varied).rates[0].reviewed == 2
    # The frame given is left as it was.
    assert reviews["decision"].tolist()[0] == "request_changes"
    check_reviews(varied, attempts)


def test_a_threshold_out_of_range_is_refused():
    with pytest.raises(StatsError):
        by_progress(empty_reviews(), 120)
    assert by_progress(empty_reviews()).empty
