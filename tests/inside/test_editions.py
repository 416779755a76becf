"""Editions: complete, reproducible, never mixed, never lost."""

from __future__ import annotations

import json
import shutil

import frictionless
import pandas as pd
import pytest
from conftest import SAMPLE
from record_folder import edit

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ChangedFileError, DataError, NotShareableError, ParameterError
from ctip_analysis.edition.cells import CELL_COLUMNS, KEYS, PLACES
from ctip_analysis.edition.folder import open_edition
from ctip_analysis.inside import companions, editions, release
from ctip_analysis.places import load_provinces

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("operator_notes")]


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_an_edition_holds_the_files_and_columns_of_the_design(edition_2004):
    assert {path.name for path in edition_2004.iterdir()} == {
        "cells.csv",
        "published.csv",
        "context.csv",
        "population.csv",
        "provinces.geojson",
        "indicators.csv",
        "targets.csv",
        "changes.csv",
        "edition.json",
        "datapackage.json",
    }
    assert json.loads((edition_2004 / "edition.json").read_text())["format"] == 3
    header = (edition_2004 / "cells.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join(CELL_COLUMNS)


def test_every_column_is_described_and_the_package_is_valid(edition_2004):
    package = json.loads((edition_2004 / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert "SYNTHETIC" in resource["description"] or resource["name"] not in ("cells", "changes")
    report = frictionless.validate(str(edition_2004 / "datapackage.json"))
    assert report.valid, report.flatten(["fieldName", "note"])[:5]


def test_no_recipe_and_no_trace_of_the_record_files_crosses_the_wall(edition_2004, operator_notes):
    text = "".join(path.read_text(encoding="utf-8") for path in edition_2004.iterdir())
    for path in SAMPLE.iterdir():
        assert reference.sha256(path) not in text
    assert not {"record_table", "filter", "measure"} & set(
        pd.read_csv(edition_2004 / "indicators.csv").columns
    )
    assert "contributors," not in text.replace("OpenStreetMap contributors,", "") and str(SAMPLE) not in text


def test_each_step_is_named_as_it_begins(small, tmp_path):
    steps = []
    release(small, year=2004, out=tmp_path / "editions", progress=steps.append)
    assert steps == [
        "reading and checking records",
        "counting",
        "deciding what may be shown",
        "attacking all editions together",
        "writing the edition",
    ]


def test_a_file_of_cells_that_is_not_what_was_attacked_is_never_put_in_place(small, tmp_path, monkeypatch):
    def careless(frame):
        text = as_text(frame)
        return text.assign(value="12", status="shown") if "status" in text and "table" in text else text

    as_text = editions._text
    monkeypatch.setattr(editions, "_text", careless)
    with pytest.raises(NotShareableError, match="differs from the cells that were proved safe"):
        release(small, year=2004, out=tmp_path / "editions")
    assert not list((tmp_path / "editions").iterdir())


def test_the_sample_shows_two_of_three_cells_about_persons_and_every_total_that_the_rules_allow(
    edition, cells
):
    about = edition.indicators["concerns_persons"].eq("true")
    persons = edition.frame[edition.frame["indicator"].isin(edition.indicators.index[about])]
    is_shown = persons["status"].eq("shown")
    assert is_shown.mean() >= 0.65 and is_shown.sum() >= 270
    national = persons[persons[PLACES].eq("").all(axis=1)]
    for name in edition.indicators.index[about].drop("clients_all"):
        grains = {periods.grain(code) for code in national.loc[national["indicator"].eq(name), "period"]}
        assert "to_date" in grains, name
    for fact in (
        "clients_assisted",
        "clients_victim",
        "clients_at_risk",
        "victims_rescue_assisted",
        "cases_advised",
    ):
        assert national.loc[national["indicator"].eq(fact), "status"].eq("shown").all(), fact
    convicted = national[national["indicator"].eq("convictions_advised") & national["period"].eq("2004")]
    assert convicted["value"].tolist() == [29], (
        "to date would give the few of 2003 away; the fact sheet prints 2004"
    )


def test_the_same_content_supersedes_nothing(small, tmp_path, operator_notes):
    out = tmp_path / "editions"
    first = release(small, year=2004, out=out)
    before = bytes_of(first)
    assert bytes_of(release(small, year=2004, out=out)) == before
    assert not (out / "history").exists()
    assert json.loads(next(operator_notes.iterdir()).read_text())["records"] == "records"


def test_two_releases_give_the_same_bytes(small, tmp_path):
    first, second = (release(small, year=2004, out=tmp_path / name) for name in ("a", "b"))
    assert bytes_of(first) == bytes_of(second)


def test_a_changed_edition_moves_the_old_one_to_history_and_lists_the_change(small, tmp_path):
    out = tmp_path / "editions"
    first = release(small, year=2004, out=out)
    before = bytes_of(first)
    events = small / "campaign_events.csv"
    events.write_text(events.read_text().replace(",3000,1600,1300,", ",3500,1600,1300,"))
    second = release(small, year=2004, out=out)
    assert bytes_of(out / "history" / "2004.r1") == before
    changes = pd.read_csv(second / "changes.csv", dtype=str, keep_default_na=False)
    line = changes[
        changes["indicator"].eq("performance_attendance")
        & changes["period"].eq("2004")
        & changes["adm1_code"].eq("")
    ]
    assert line[["old", "new", "reason"]].values.tolist() == [["3000", "3500", "records_corrected"]]


def test_real_and_synthetic_editions_never_share_a_folder(small, tmp_path):
    out = tmp_path / "editions"
    release(small, year=2004, out=out)
    real = tmp_path / "real"
    shutil.copytree(small, real)
    for path in real.glob("*.csv"):
        path.write_text(path.read_text().replace(",true\n", ",false\n"))
    with pytest.raises(
        NotShareableError, match="holds editions of synthetic records; real ones never go beside them"
    ):
        release(real, year=2004, out=out, first=True)


def test_one_synthetic_row_marks_the_whole_edition(small, tmp_path):
    for path in small.glob("*.csv"):
        path.write_text(path.read_text().replace(",true\n", ",false\n"))
    events = small / "campaign_events.csv"
    events.write_text(events.read_text().replace(",false\n", ",true\n", 1))
    made = open_edition(release(small, year=2004, out=tmp_path / "editions"))
    assert made.is_synthetic and set(made.frame["kind"]) == {"synthetic"}


def test_a_first_edition_of_real_records_must_be_said_to_be_one(small, tmp_path):
    for path in small.glob("*.csv"):
        path.write_text(path.read_text().replace(",true\n", ",false\n").replace(",true,false", ",true,false"))
    with pytest.raises(NotShareableError, match="say so with `ctip release … --first`"):
        release(small, year=2004, out=tmp_path / "editions")
    made = open_edition(release(small, year=2004, out=tmp_path / "editions", first=True))
    assert not made.is_synthetic and set(made.frame["kind"]) == {"counted"}


def test_one_more_attendance_in_a_2004_performance_stops_the_release_and_names_rule_and_table(tmp_path):
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    path = folder / "campaign_events.csv"
    events = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = events.index[
        events["event_type"].eq("performance")
        & events["event_date"].str.startswith("2004")
        & events["attendance_total"].ne("")
    ][0]
    events.loc[row, "attendance_total"] = str(int(events.loc[row, "attendance_total"]) + 1)
    events.to_csv(path, index=False)
    with pytest.raises(DataError, match=r"campaign_events: R03 \(P08\)"):
        release(folder, year=2004, out=tmp_path / "editions")
    assert not (tmp_path / "editions").exists()


def test_a_draft_says_so_until_the_records_are_in_and_its_numbers_count_as_shown(small, tmp_path):
    out, lacks = tmp_path / "editions", "Not all records of the year are in yet."
    made = open_edition(release(small, year=2004, out=out, draft=lacks))
    assert made.info["draft"] == lacks
    again = open_edition(release(small, year=2004, out=out))
    assert again.id == made.id and "draft" not in again.info and not (out / "history").exists()
    edit(small, "campaign_events", ",3000,1600,1300,", ",3500,1600,1300,")
    release(small, year=2004, out=out, draft=lacks)
    assert (out / "history" / "2004.r1").is_dir()


def test_a_year_without_records_writes_nothing(small, tmp_path):
    with pytest.raises(ParameterError, match="no record is dated in 1999"):
        release(small, year=1999, out=tmp_path / "editions")
    assert not (tmp_path / "editions").exists()


def test_a_failure_half_way_leaves_the_earlier_edition_whole(small, tmp_path, monkeypatch):
    out = tmp_path / "editions"
    before = bytes_of(release(small, year=2004, out=out))
    monkeypatch.setattr(
        editions, "data_package", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError):
        release(small, year=2004, out=out)
    assert bytes_of(out / "2004") == before
    assert [path.name for path in out.iterdir()] == ["2004"]


def test_an_edition_reaches_the_disk_before_it_gets_its_name(small, tmp_path, renamed_to):
    release(small, year=2004, out=tmp_path / "editions", draft="of one partner")
    release(small, year=2004, out=tmp_path / "editions")
    edit(small, "campaign_events", ",3000,1600,1300,", ",3500,1600,1300,")
    release(small, year=2004, out=tmp_path / "editions")
    assert [name for name in renamed_to if not name.endswith(".ttf")] == [
        "2004", "edition.json", "2004.r1", "2004",
    ]  # fmt: skip


def test_an_edition_that_was_edited_is_not_read(edition_2004, tmp_path):
    copy = tmp_path / "2004"
    shutil.copytree(edition_2004, copy)
    cells = copy / "cells.csv"
    cells.write_text(cells.read_text(encoding="utf-8").replace("150000", "150001"), encoding="utf-8")
    with pytest.raises(ChangedFileError, match=r"was changed after it was released .* release it again"):
        open_edition(copy)


def test_every_planned_cell_is_there_once_with_a_known_status(edition):
    assert not edition.frame.duplicated(KEYS).any()
    assert set(edition.frame["status"]) <= {"shown", "withheld", "no_data", "not_applicable"}
    assert edition.frame.loc[edition.frame["status"].ne("shown"), "value"].isna().all()


def test_the_28_published_figures_and_only_printable_derived_ones_are_carried(edition):
    kinds = edition.published.groupby("kind")["id"].apply(set)
    assert kinds["published"] == {f"P{number:02d}" for number in range(1, 29)}
    assert not kinds["derived"] & {"D09", "D13"}


def test_only_figures_whose_source_names_the_year_have_a_period(edition):
    dated = edition.published[edition.published["period"].ne("unstated")]
    assert set(dated["id"]) == {"P10", "P11", "P12"}


def test_population_of_a_census_year_is_the_census_and_the_country_is_its_sum():
    made = companions.population(range(2008, 2009)).set_index("adm1_code")["residents"]
    assert made["KH12"] == 1_327_615 and made[""] == 13_395_682


def test_before_the_split_kampong_cham_holds_both_and_after_it_they_share_its_residents():
    made = companions.population(range(2013, 2015))
    before, after = (rows.set_index("adm1_code")["residents"] for _, rows in made.groupby("year"))
    assert "KH25" not in before.index and len(before) == 25  # 24 units and the country
    both = 1_679_992 + (899_791 + 776_841 - 1_679_992) * 6 / 11  # 2014 is 6 of 11 years from 2008 to 2019
    assert after["KH03"] + after["KH25"] == pytest.approx(both, abs=1)


def test_outside_the_censuses_no_residents_are_made_up():
    assert companions.population(range(2020, 2023)).empty


def test_unequal_national_spans_are_periods_of_their_own():
    periods = set(companions.context()["period"])
    assert {"2018H1", "2018-01-01/2018-10-31", "2018"} <= periods
    assert "memory" not in set(companions.context()["evidence_level"])


def test_nothing_unsets_the_synthetic_mark(edition_2004, tmp_path):
    copy = tmp_path / "2004"
    shutil.copytree(edition_2004, copy)
    info = copy / "edition.json"
    info.write_text(info.read_text().replace('"is_synthetic": true', '"is_synthetic": false'))
    assert open_edition(copy).is_synthetic


def test_an_edition_names_whose_boundaries_it_holds(small, tmp_path, monkeypatch):
    assert "OpenStreetMap" in open_edition(release(small, year=2004, out=tmp_path / "a")).info["boundaries"]
    own = tmp_path / "office.gpkg"
    load_provinces(2014)[["adm1_code", "geometry"]].to_file(own)
    monkeypatch.setenv("CTIP_BOUNDARIES", str(own))
    made = open_edition(release(small, year=2004, out=tmp_path / "b"))
    assert made.info["boundaries"] == "boundaries: office.gpkg, supplied by the analyst"
