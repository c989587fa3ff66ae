import io

from rich.console import Console

from mergecheck.report.plan import ToldPlan, print_plan
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.plan_result import Planned
from mergecheck.store.plan import Looks, Plan
from mergecheck.study.analysis_choices import Choices


def printed(looks):
    out = io.StringIO()
    whole = Estimate(3.2, -9.4, 15.8, 0.95, "instance jackknife, t(94)", 95)
    plan = Plan(None, None, None, {}, False, (), looks)
    print_plan(ToldPlan(plan, Choices(), Planned(whole, whole)), Console(file=out, width=200, color_system=None))
    return out.getvalue()


def test_what_counts_as_a_look_is_said_where_there_was_one():
    once = printed(Looks(1, 0, "2026-01-02T03:04", "2026-01-02T03:04", 5, 5))
    assert "1 look at the result: the first on 2026-01-02 over 5 verdicts." in once
    assert "A look: `report`, its rates, trend and sensitivity, `plan --like`; before" in once
    assert "A look:" not in printed(Looks())


def test_a_number_without_limits_says_why_and_names_no_method():
    bare = Estimate(0.208, None, None, 0.95, "n/a", 12, reason="a bootstrap of 12 instances covers too little")
    whole = Estimate(3.2, -9.4, 15.8, 0.95, "instance jackknife, t(94)", 95)
    plan = Plan(None, None, None, {}, False, (), Looks())
    told = ToldPlan(plan, Choices(interval="percentile"), Planned(bare, whole))
    out = io.StringIO()
    print_plan(told, Console(file=out, width=200, color_system=None))
    text = out.getvalue()
    assert "level gap 20.8 pp [n/a]  a bootstrap of 12 instances covers too little\n" in text
    assert "slope difference 3.2 pp a year [−9.4, 15.8]  instance jackknife, t(94)\n" in text
