"""Maps: fills, legend, labels without overlap in every year, an analyst's own frame and boundaries."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from charts.frames import drawn, overlaps, provinces, written
from matplotlib.colors import to_hex

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import ground, province_map, theme
from ctip_analysis.places import load_provinces


def legend_words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def labels(ax):
    return [text for text in written(ax) if text.get_gid() == theme.VALUE]


@pytest.mark.parametrize("label", ["name_en", "name_km"])
@pytest.mark.parametrize("year", [2003, 2009, 2014])
def test_no_label_overlaps_another_text_and_none_leaves_the_frame(year, label):
    ax = province_map(provinces(year), label=label)
    drawn(ax.figure)
    texts = written(ax)
    assert overlaps(texts) == []
    frame = ax.get_window_extent()
    assert all(frame.contains(*corner) for text in labels(ax) for corner in text.get_window_extent().corners())


@pytest.mark.parametrize("year", [2003, 2009, 2014])
def test_a_label_is_in_its_province_or_a_line_leads_from_it_there(year):
    units = provinces(year).to_crs(ground.METRIC).set_index("adm1_code")
    places = ground.places(units.reset_index()).set_index(units.index).drop(ground.CAPITAL)
    assert places["is_ours"].all()
    inside = places["leader_x"].isna()
    ends = shapely.points(places["x"].where(inside, places["leader_x"]), places["y"].where(inside, places["leader_y"]))
    assert shapely.contains(units.geometry.loc[places.index].to_numpy(), ends).all()


def test_no_label_crosses_the_border_of_its_province():
    units = provinces(2014).to_crs(ground.METRIC)
    ax = province_map(units)
    drawn(ax.figure)
    borders = dict(zip(units["name_en"], units.boundary, strict=True))
    for text in labels(ax):
        name = text.get_text().replace("\n", " ").rstrip("0123456789,. ")
        if name == "Phnom Penh" or getattr(text, "arrow_patch", None):
            continue
        tall = text.get_window_extent().shrunk(
            0.8, 0.55
        )  # the middle of its lines: corners beside short lines are free
        box = shapely.box(*ax.transData.inverted().transform(tall.corners()[[0, 3]]).ravel())
        assert not box.intersects(borders[name]), name


def test_every_province_of_the_frame_has_a_label_with_its_number():
    frame = provinces(2014)
    found = {" ".join(text.get_text().split("\n")) for text in labels(province_map(frame))}
    shown = frame[frame["status"].eq("shown")]
    assert {f"{row.name_en} {row.value:,.0f}" for row in shown.itertuples()} <= found
    assert set(frame.loc[frame["status"].ne("shown"), "name_en"]) <= found


def test_the_legend_says_each_class_in_words_with_its_number_of_provinces():
    ax = province_map(provinces(2004), breaks=[50_000])
    words = legend_words(ax)
    assert [word.rpartition(" (")[0] for word in words] == [
        "50,000 or more", "under 50,000", "none", "withheld to protect people", "no data", "not applicable",
    ]  # fmt: skip
    assert sum(int(word.rpartition("(")[2].rstrip(")")) for word in words) == 24
    assert ax.get_legend().get_title().get_text() == "attendances\n(number of provinces)"
    assert ax.get_legend().get_gid() == theme.SCALE


def test_classes_of_a_series_stay_where_no_province_falls_in_one():
    ax = province_map(provinces(2004).assign(value=3.0, status="shown"), breaks=[10, 20])
    assert legend_words(ax) == ["20 or more (0)", "10 to 19 (0)", "under 10 (24)"]


def test_what_is_no_number_is_hatched_dotted_or_dashed_and_zero_is_white():
    ax = province_map(provinces(2004))
    patches = dict(zip([w.rpartition(" (")[0] for w in legend_words(ax)], ax.get_legend().get_patches(), strict=True))
    assert "/" in patches["withheld to protect people"].get_hatch()
    assert "." in patches["no data"].get_hatch()
    assert to_hex(patches["none"].get_facecolor()) == "#ffffff" and not patches["none"].get_hatch()
    dashes = {pattern is not None for collection in ax.collections for _, pattern in collection.get_linestyle()}
    assert dashes == {True, False}
    hatches = {collection.get_hatch() for collection in ax.collections}
    assert {theme.LOOKS["withheld"]["hatch"], theme.LOOKS["no_data"]["hatch"]} <= hatches


def test_words_are_coloured_by_word_in_their_order():
    frame = load_provinces(2004)[["adm1_code", "name_en", "geometry"]]
    reach = pd.Categorical(["not planned"] * 14 + ["reached"] * 10, ["reached", "not planned"])
    ax = province_map(frame.assign(reach=reach), "reach", palette={"not planned": "white"})
    assert legend_words(ax) == ["reached (10)", "not planned (14)"]
    assert "Kep" in {text.get_text() for text in labels(ax)}


def test_a_frame_with_nothing_but_shapes_and_values_is_drawn():
    frame = load_provinces(2004)[["geometry"]].assign(value=range(24))
    assert {text.get_text() for text in labels(province_map(frame))} == {str(number) for number in range(24)}


def test_a_share_of_ones_own_is_drawn_with_the_digits_that_tell_provinces_apart():
    frame = load_provinces(2004)
    frame["share"] = frame["area_km2"] / frame["area_km2"].sum()
    ax = province_map(frame, "share", breaks=[0.01, 0.05])
    large, small = (frame["share"] >= 0.05).sum(), (frame["share"] < 0.01).sum()
    assert legend_words(ax) == [
        f"0.05 or more ({large})", f"0.01 to 0.049 ({24 - large - small})", f"under 0.01 ({small})"
    ]  # fmt: skip
    assert ax.get_legend().get_title().get_text() == "share\n(number of provinces)"
    battambang = frame.set_index("name_en")["share"]["Battambang"]
    assert f"Battambang\n{battambang:.3f}" in [text.get_text() for text in labels(ax)]


def test_own_boundaries_are_labelled_in_their_shapes_and_carry_no_credit_of_ours():
    frame = load_provinces(2004)
    frame = frame.assign(geometry=frame.geometry.simplify(0.1), value=1.0)
    ax = province_map(frame)
    assert ground.CREDIT not in {text.get_text() for text in ax.texts}
    assert len(labels(ax)) == 24


def test_a_map_carries_its_credit_and_its_scale():
    ax = province_map(provinces(2004))
    texts = {text.get_text(): text.get_gid() for text in written(ax)}
    assert texts["© OpenStreetMap contributors"] == theme.SOURCE
    assert texts["100 km"] == texts["enlarged 2 times"] == theme.SCALE
    assert not any("metre" in text for text in texts)


def test_a_narrow_map_of_colours_names_the_capital_alone_and_has_its_legend_below():
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 5.2), layout="constrained")
    for ax, year in zip(axes, (2003, 2004), strict=True):
        assert province_map(provinces(year), breaks=[20_000, 60_000], ax=ax) is ax
    drawn(figure)
    for ax in axes:
        assert [text.get_text() for text in labels(ax)] == ["Phnom Penh"]
        box = ax.get_legend().get_window_extent()
        assert box.y1 <= ax.get_window_extent().y0 and box.y0 >= 0
    assert len(plt.get_fignums()) == 1


def test_the_frame_stays_as_it_was():
    frame = provinces(2014)
    copy = frame.copy(deep=True)
    province_map(frame)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(copy))
    assert frame.crs == copy.crs


def test_a_column_of_names_that_is_not_there_is_named():
    with pytest.raises(ParameterError, match="province_map needs the column name_fr"):
        province_map(provinces(2004), label="name_fr")


def test_a_map_of_which_nothing_is_shown_has_no_class_but_withheld():
    ax = province_map(provinces(2004).assign(value=np.nan, status="withheld"))
    assert legend_words(ax)[-1] == "withheld to protect people (24)"


def circles(ax):
    """Areas of the circles on a map, from the largest."""
    return [area for drawn_ones in ax.collections if drawn_ones.get_zorder() == 2.1 for area in drawn_ones.get_sizes()]


def test_the_area_of_a_circle_is_the_number_and_zero_has_none():
    frame = provinces(2004).assign(value=0.0, unit="performances", status="shown")
    frame.loc[frame["adm1_code"].isin(["KH12", "KH23", "KH13"]), "value"] = [30.0, 10.0, 20.0]
    ax = province_map(frame, circles=True)
    largest, middle, least = circles(ax)
    assert (largest / least, middle / least) == pytest.approx((3, 2))
    assert legend_words(ax)[-1] == "none (21 provinces)"
    assert len(labels(ax)) == 24  # the capital's too: there is no inset


def test_below_circles_withheld_and_no_data_keep_their_looks_and_have_no_circle():
    frame = provinces(2004).assign(value=[np.nan, np.nan, *range(1, 23)], unit="performances")
    frame["status"] = ["withheld", "no_data", *["shown"] * 22]
    ax = province_map(frame, circles=True)
    assert len(circles(ax)) == 22
    assert legend_words(ax)[-2:] == ["withheld to protect people (1 province)", "no data (1 province)"]


@pytest.mark.parametrize("size", [theme.WIDTH, theme.NARROW])
def test_the_keys_of_circles_have_the_scale_of_the_map_and_do_not_overlap(size):
    frame = provinces(2004).assign(value=[*range(1_000, 25_000, 1_000)], unit="attendances", status="shown")
    token = theme._width.set(size)
    ax = province_map(frame, circles=True)
    theme._width.reset(token)
    keys = [line for line in ax.get_legend().legend_handles if line.get_label().replace(",", "").isdigit()]
    for key in keys:
        number = float(key.get_label().replace(",", ""))
        assert key.get_markersize() ** 2 / number == pytest.approx(circles(ax)[0] / 24_000)
    drawn(ax.figure)
    assert len(keys) == 2 and overlaps(written(ax)) == []


@pytest.mark.parametrize("year", [2003, 2014])
@pytest.mark.parametrize("seed", range(4))
def test_a_narrow_map_of_circles_names_the_capital_and_the_largest_in_its_frame_without_overlap(year, seed):
    frame = provinces(year, seed=seed)
    largest = set(frame.nlargest(3, "value")["name_en"]) | {"Phnom Penh"}
    token = theme._width.set(theme.NARROW)
    ax = province_map(frame, circles=True)
    theme._width.reset(token)
    drawn(ax.figure)
    assert largest <= {text.get_text().replace("\n", " ") for text in labels(ax)}
    assert overlaps([*written(ax)]) == []
    window = ax.get_window_extent()
    assert all(window.contains(*corner) for text in labels(ax) for corner in text.get_window_extent().corners())


def test_a_narrow_map_names_the_outlined_province():
    token = theme._width.set(theme.NARROW)
    ax = province_map(provinces(2014), outlined="KH25")
    theme._width.reset(token)
    assert [text.get_text() for text in labels(ax)] == ["Tboung\nKhmum", "Phnom Penh"]
