"""Records compared with the published figures, rule by rule (``data/reference/reconciliation_rules.csv``).

Rules run over all records, clients without consent too, dated up to the fact sheet's "as of" (assumption
A0: 31 December 2004). Confidential: what is found may be a small number of people. Over the synthetic
sample, agreement was made, not found, and verifies nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault, nearest
from ctip_analysis.inside.records.engine import Records
from ctip_analysis.inside.records.sheets import FILE_ROW
from ctip_analysis.inside.records.statements import EXPECT, lines
from ctip_analysis.inside.records.tables import filtered

COLUMNS = ["rule", "published_id", "table", "text", "expected", "found", "outcome"]
MODES = ("exact", "report")
SMALLEST_SAID = 11  # a count of people or cases from 1 to 10 is never printed


def reconcile(records: Records) -> pd.DataFrame:
    """Each rule with what the records give.

    Returns
    -------
    DataFrame, one row per rule or part of a rule
        ``rule`` ("R02", its part "R02b"), ``published_id``, ``table``, ``text``; ``expected`` and
        ``found`` in the unit of the published figure, ``found`` missing where nothing was compared;
        ``outcome`` holds, breach, or info (only reported, or the optional table has no rows).
    """
    rules = reference.table("reconciliation_rules")
    rules = rules.assign(found=_found(records, rules))
    rules["outcome"] = [_outcome(rule) for _, rule in rules.iterrows()]
    return rules[COLUMNS]


def read_expect(folder: Path | str) -> dict[str, str]:
    """Mode of each rule in *folder*'s ``expect.csv``: exact (must be kept) or report; {} without the file.

    Raises
    ------
    DataError
        A line names no rule or no mode; all such lines are listed.
    """
    said = pd.DataFrame(lines(Path(folder), EXPECT, ("rule", "mode")), columns=["rule", "mode", FILE_ROW])
    rules = set(reference.table("reconciliation_rules")["rule"])
    faults = [
        *_line_faults(said, "rule", rules, "must be a rule of data/reference/reconciliation_rules.csv"),
        *_line_faults(said, "mode", set(MODES), f"must be {' or '.join(MODES)}"),
    ]
    if faults:
        raise DataError(f"{EXPECT}: {len(faults)} faults", faults)
    return dict(zip(said["rule"], said["mode"], strict=True))


def breaches(records: Records, results: pd.DataFrame | None = None) -> list[Fault]:
    """Faults of the rules that ``expect.csv`` in the records' folder calls exact and that are broken.

    *results* are those of :func:`reconcile`, where it was asked before.

    The mode of a rule is that of its parts too ("R02" for "R02b"), unless they have a line of their own.
    """
    expected = read_expect(records.path)
    if "exact" not in expected.values():
        return []
    results = reconcile(records) if results is None else results
    modes = results["rule"].map(lambda rule: expected.get(rule, expected.get(rule[:3])))
    broken = results[results["outcome"].eq("breach") & modes.eq("exact")]
    about_persons = reference.table("reconciliation_rules").set_index("rule")["concerns_persons"]
    return [_fault(result, bool(about_persons[result["rule"]])) for _, result in broken.iterrows()]


def target_faults(records: Records) -> list[Fault]:
    """A fault for each target in the record folder of an unknown indicator, or for which a source prints another."""
    own, known = records["targets"], reference.table("indicators")["id"]
    keys = ["indicator", "period"]
    return [
        Fault("targets.csv", "there is no such indicator", column="indicator", found=name,
              mend=f"did you mean {' or '.join(near)}?" if (near := nearest(name, known)) else "")
        for name in sorted(set(own["indicator"]) - set(known))
    ] + [
        Fault("targets.csv", "a source prints a target for this period", found=f"{row.indicator}, {row.period}",
              mend="delete the row, or correct data/reference/targets.csv")
        for row in own.merge(reference.table("published_targets")[keys], on=keys).itertuples()
    ]  # fmt: skip


def _line_faults(said: pd.DataFrame, column: str, known: set[str], rule: str) -> list[Fault]:
    wrong = said[~said[column].isin(known)]
    found = ", ".join(f"“{value}”" for value in wrong[column].unique()[:3] if value)
    return [Fault(EXPECT, rule, column=column, rows=tuple(wrong[FILE_ROW]), found=found)] if len(wrong) else []


def _found(records: Records, rules: pd.DataFrame) -> pd.Series:
    """The number that each of *rules* asks for; missing if its table has no rows or nothing is to be compared."""
    asked = [_asked(records, number, rule) for number, rule in rules.iterrows() if rule["aggregate"] != "none"]
    found = ibis.union(*asked).execute().set_index("number")
    return found["found"].where(found["any_row"]).reindex(rules.index).astype("Float64")


def _asked(records: Records, number: Any, rule: pd.Series) -> ibis.Table:
    """A query for one row: the *number* of a rule, what is found, and whether its table has any row."""
    rows = records.table(rule["over"])
    counted = filtered(_until(rows, rule), rule["filter"])
    value = _aggregate(records, counted, rule).cast("float64").name("found").as_table()
    return value.mutate(number=ibis.literal(number), any_row=rows.count().as_scalar() > 0)


def _until(rows: ibis.Table, rule: pd.Series) -> ibis.Table:
    """Rows dated up to the rule's day, and rows without a date."""
    day = rule["date_column"]
    return filtered(rows, f"{day}<={rule['as_of']} or {day} is blank") if day else rows


def _aggregate(records: Records, rows: ibis.Table, rule: pd.Series) -> ir.Scalar:
    kind = rule["aggregate"]
    if kind == "count":
        return rows.count()
    if kind == "repeats":
        member, group = rule["measure"].split(" by ")
        groups = rows.group_by(member).agg(groups=rows[group].nunique())["groups"]
        return (groups - 1).sum().fill_null(0)
    if kind == "outside":
        others = filtered(records.table(rule["other_table"]), rule["other_filter"])
        return rows.anti_join(others, rule["measure"])[rule["measure"]].nunique()
    if kind == "distinct":
        return rows[rule["measure"]].nunique()
    return rows[rule["measure"]].mean() if kind == "mean" else rows[rule["measure"]].sum().fill_null(0)


def _outcome(rule: pd.Series) -> str:
    found, expected = rule["found"], rule["expected"]
    if rule["relation"] == "info" or (pd.isna(found) and rule["aggregate"] != "mean"):
        return "info"
    if pd.isna(found):
        return "breach"
    holds = {
        "=": found == expected, ">": found > expected, ">=": found >= expected, "<=": found <= expected,
        "between": rule["relation"] == "between" and expected <= found <= rule["expected_max"],
    }[rule["relation"]]  # fmt: skip
    return "holds" if holds else "breach"


def _fault(result: pd.Series, about_persons: bool) -> Fault:
    expected = _number(result["expected"])
    rule = f"{result['rule']} ({result['published_id']}) must be kept: {result['text']}, expected {expected}"
    found = _number(result["found"])
    if about_persons and 0 < result["found"] < SMALLEST_SAID:
        found = f"fewer than {SMALLEST_SAID}"
    return Fault(result["table"], rule, found=found, mend=f"correct the records, or write report for it in {EXPECT}")


def _number(value: Any) -> str:
    if pd.isna(value):
        return "nothing"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
