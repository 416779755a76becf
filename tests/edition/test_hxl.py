"""Cells of an edition with HXL hashtags: the row of tags, P-codes with names, and nothing that is withheld."""

from __future__ import annotations

import pandas as pd
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.edition import hxl

NAMES = {"performances_held": "Performances held"}


def tagged() -> pd.DataFrame:
    return hxl.tagged(small_edition().frame, NAMES)


def test_the_first_row_has_the_tags_and_every_cell_follows():
    edition = small_edition()
    made = hxl.tagged(edition.frame, NAMES)
    tags = reference.table("hxl_tags").set_index("column")["tag"]
    assert made.iloc[0].to_dict() == tags.to_dict()
    assert len(made) == len(edition.frame) + 1


def test_a_withheld_number_is_blank_and_says_so():
    made = tagged().iloc[1:]
    withheld = made[made["status"].eq("withheld")]
    assert len(withheld) and withheld["value"].eq("").all()
    assert made.loc[made["status"].eq("shown"), "value"].ne("").all()


def test_provinces_have_the_name_they_had_in_the_span():
    made = tagged()
    row = made[made["adm1_code"].eq("KH12") & made["period"].eq("2004")].iloc[0]
    assert row[["adm1_name", "country", "start", "end"]].tolist() == ["Phnom Penh", "KHM", "2004-01-01", "2004-12-31"]


def test_the_file_is_named_synthetic_and_reads_back(tmp_path):
    path = hxl.write(small_edition(), tmp_path)
    assert path.name == "cambodia_ctip_2004_HXL_SYNTHETIC.csv"
    read = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    made = hxl.tagged(small_edition().frame, small_edition().indicators["name_en"])
    pd.testing.assert_frame_equal(read, made, check_dtype=False)
