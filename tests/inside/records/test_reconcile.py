"""Records against published figures, on a folder small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from record_folder import edit

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import breaches, load_records, read_expect, reconcile

pytestmark = pytest.mark.long


def results(small: Path) -> pd.DataFrame:
    return reconcile(load_records(small)).set_index("rule")


def test_what_is_found_is_counted_from_the_rows(small):
    found = results(small)["found"]
    assert found["R01"] == 2  # KH12, KH17
    assert found["R03"] == 3_000 and found["R04"] == 3_000  # nobody counted the second performance
    assert found["R05"] == 10  # 5 + 5
    assert found["R11"] == 2
    assert found["R14"] == 1 and found["R24"] == 1  # CL-1 is a woman and a victim, CL-2 a girl at risk
    assert found["R16"] == 1 and found["R16b"] == 1  # CL-1 in two of the four services
    assert found["R19"] == 1 and found["R27"] == 1


def test_rows_after_the_last_day_of_2004_do_not_count_and_undated_ones_do(small):
    edit(small, "structures", "2004-05-01", "2005-01-01")
    assert results(small)["found"]["R19"] == 0
    edit(small, "structures", "2005-01-01", "")
    assert results(small)["found"]["R19"] == 1


def test_a_province_reached_outside_the_plan_breaks_the_subset(small):
    assert results(small)["outcome"]["R02b"] == "holds"
    edit(small, "campaign_events", "Siem Reap", "Kep")
    assert results(small).loc["R02b", ["found", "outcome"]].tolist() == [1, "breach"]


def test_a_range_holds_at_both_ends_and_compares_nothing_without_a_roster(small):
    assert results(small)["outcome"]["R08"] == "info"
    edit(small, "trainings", "TR-1,IOM", "TR-1,IJM")
    edit(small, "partners", "IOM,", "IJM,Placeholder,ingo,prime,true\nIOM,")
    for officers, outcome in [(160, "breach"), (161, "holds"), (211, "holds"), (212, "breach")]:
        rows = "".join(f"key{i},TR-1,male,true,true\n" for i in range(officers))
        (small / "training_roster.csv").write_text(
            f"participant_key,training_id,sex,completed,is_synthetic\n{rows}"
        )
        assert results(small)["outcome"]["R08"] == outcome


def test_what_is_only_compared_never_breaks(small):
    outcomes = results(small)["outcome"]
    assert outcomes[["R05", "R29", "R29b", "R30"]].eq("info").all()
    assert results(small)["found"].isna()["R30"]


def test_only_exact_rules_become_faults_and_small_numbers_of_people_are_not_said(small):
    assert breaches(load_records(small)) == []
    (small / "expect.csv").write_text("rule,mode\nR01,exact\nR11,exact\nR12,report\nR29,exact\n")
    plan, clients = map(str, breaches(load_records(small)))
    assert plan.startswith("campaign_plan: R01 (P02) must be kept") and "expected 18; found 2" in plan
    assert clients.startswith("clients: R11 (P14)") and "expected 1,378; found fewer than 11" in clients


def test_a_rule_applies_to_its_parts_unless_they_have_a_line_of_their_own(small):
    (small / "expect.csv").write_text("rule,mode\nR16,exact\n")
    assert [fault.rule[:4] for fault in breaches(load_records(small))] == ["R16b"]
    (small / "expect.csv").write_text("rule,mode\nR16,exact\nR16b,report\n")
    assert breaches(load_records(small)) == []


def test_expect_refuses_unknown_rules_and_modes_together(small):
    (small / "expect.csv").write_text("rule,mode\nR99,exact\nR01,maybe\n")
    with pytest.raises(DataError) as caught:
        read_expect(small)
    rule, mode = map(str, caught.value.faults)
    assert "expect.csv, column rule, row 2" in rule and "“R99”" in rule
    assert "column mode, row 3: must be exact or report; found “maybe”" in mode


def test_every_published_rule_is_there_and_reads_a_described_table():
    rules = reference.table("reconciliation_rules")
    assert {rule[:3] for rule in rules["rule"]} == {f"R{i:02d}" for i in range(1, 31)}
    assert rules["as_of"].isin(["", "2004-12-31"]).all()
    assert set(rules["table"]) - {"any"} <= set(reference.package())
