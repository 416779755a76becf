"""Words of the groups that cells are split by, from ``data/reference/groups.csv``."""

from __future__ import annotations

from functools import cache

from ctip_analysis.base import reference


def label(dimension: str, value: str) -> str:
    """Words of one *value* of a column of the cells; the value itself where it has no other words.

    >>> label("age_band", "15_17"), label("sex", "female"), label("partner", "IJM")
    ('15 to 17', 'female', 'IJM')
    """
    return labels(dimension).get(value, value)


@cache
def labels(dimension: str) -> dict[str, str]:
    """Words of each value of a column of the cells (indicator, sex, age_band, adm1_code, zone, partner), in order."""
    if dimension == "indicator":
        return dict(reference.table("indicators").set_index("id")["name_en"])
    table = reference.table("groups")
    rows = table[table["dimension"].eq(dimension)]
    return dict(zip(rows["value"], rows["label_en"], strict=True))
