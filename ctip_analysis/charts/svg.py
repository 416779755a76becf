"""A figure of matplotlib as one small ``<svg>`` element that a page with a strict policy may hold.

Text stays text, in the font of the page. Looks are attributes, because the policy refuses style attributes. There is no
metadata, and the same figure gives the same bytes. Ids are ``i1``, ``i2`` …; ``numbered`` makes them unique in a page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import matplotlib as mpl
from matplotlib.figure import Figure

from ctip_analysis.charts import theme

PIXELS = 100 / 72  # CSS pixels of a point: an inch of figure has 100
SCALE_CLASS = "scale"  # of a text that a scale or a legend wrote
_NAMESPACE = re.compile(r"\{[^}]*\}")
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
_PART = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_AXIS = re.compile(r"[xy]tick_|matplotlib\.axis_|legend_")  # groups in which a bare number is a scale mark
_FONT = re.compile(r"(?:(?P<weight>\d{3}|bold) )?(?P<size>[\d.]+)px ")
_KEPT = {"x", "y", "width", "height", "transform", "clip-path", "d", "href", "patternUnits", "points"}
_INITIAL = {"stroke-linejoin": ("round",), "stroke-linecap": ("butt",), "fill": ("#000000",), "stroke-width": ("1",)}
_IS_NAMED = {"clipPath", "pattern"}


def drawn(figure: Figure) -> tuple[str, int, int]:
    """*figure* as an ``<svg>`` element, and its width and height in CSS pixels.

    Texts that a scale or a legend wrote have the class ``scale``. A figure in the colours of the theme alone has the
    class ``chart``: a page may change them for a dark screen.
    """
    made = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ctip"}):
        figure.savefig(made, format="svg", bbox_inches="tight", pad_inches=0.02, facecolor="none",
                       metadata=nothing)  # fmt: skip
    root = ElementTree.fromstring(made.getvalue())
    wide, high = (float(number) for number in root.attrib["viewBox"].split()[2:])
    ids: dict[str, str] = {}
    body = "".join(part for child in root for part in _written(child, ids, ""))
    kind = ' class="chart"' if set(re.findall(r'(?:fill|stroke)="(#\w+)"', body)) <= theme.DARK.keys() else ""
    width, height = round(wide * PIXELS), round(high * PIXELS)
    head = f'<svg{kind} viewBox="0 0 {_short(wide)} {_short(high)}" width="{width}" height="{height}"'
    return f'{head} stroke-linejoin="round">{body}</svg>', width, height


def numbered(svg: str, start: int) -> tuple[str, int]:
    """*svg* with its ids as ``figure-START`` and so on, and the next number that is free."""
    names = list(dict.fromkeys(re.findall(r' id="(i\d+)"', svg)))
    numbers = {name: f"figure-{start + at}" for at, name in enumerate(names)}
    pattern = re.compile(r'(?<= id=")i\d+(?=")|(?<=#)i\d+(?=[)"])')
    return pattern.sub(lambda found: numbers[found[0]], svg), start + len(names)


def _written(element: ElementTree.Element, ids: dict[str, str], inside: str) -> Iterator[str]:
    """*element* without what draws nothing: groups, metadata, empty texts. *inside* is the group that it is in."""
    tag, name = _NAMESPACE.sub("", element.tag), element.get("id", "")
    if tag in ("metadata", "style"):
        return
    inside = name if name in theme.WRITTEN else inside or ("axis" if _AXIS.match(name) else "")
    inside = "defs" if tag == "defs" else inside
    inner = "".join(part for child in element for part in _written(child, ids, inside))
    looks = _looks(element)
    if tag in ("text", "tspan"):
        inner = escape(element.text or "") + inner
        if not inner.strip():
            return
        if inside in theme.WRITTEN or (inside == "axis" and theme.is_bare("".join(element.itertext()))):
            looks["class"] = SCALE_CLASS
    if name and (tag in _IS_NAMED or (inside == "defs" and tag != "defs")):
        looks["id"] = ids.setdefault(name, f"i{len(ids) + 1}")
    looks = {key: _referring(value, ids) for key, value in looks.items()}
    if tag == "path" and "id" not in looks and looks.get("fill") == "none" and "stroke" not in looks:
        return
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in looks.items())
    if (tag == "g" and not (attributes and inner)) or (tag == "defs" and not inner):
        yield inner
    else:
        yield f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"
    yield escape(element.tail or "") if tag == "tspan" else ""


def _looks(element: ElementTree.Element) -> dict[str, str]:
    """The attributes of *element* that draw, with those of its style among them."""
    given = {_NAMESPACE.sub("", key): value for key, value in element.attrib.items()}
    style = dict(part.split(":", 1) for part in given.get("style", "").split(";") if ":" in part)
    looks = {key.strip(): value.strip() for key, value in style.items()}
    looks |= {"fill": given["fill"]} if "fill" in given else {}  # the ground of a hatch has it as an attribute
    if font := _FONT.match(looks.pop("font", "")):
        looks |= {"font-size": font["size"], **({"font-weight": font["weight"]} if font["weight"] else {})}
    looks.pop("font-family", None)
    looks = {key: value for key, value in looks.items() if value not in _INITIAL.get(key, ())}
    looks |= {key: value for key, value in given.items() if key in _KEPT}
    if "transform" in looks and re.fullmatch(r"rotate\(-?0 .*\)", looks["transform"]):
        del looks["transform"]
    if "font-size" in looks:
        looks["font-size"] = looks["font-size"].removesuffix("px")
    if "d" in looks:
        looks["d"] = path(looks["d"])
    exact = ("d", "fill", "stroke", "href", "clip-path", "class")
    return {key: value if key in exact else _rounded(value) for key, value in looks.items()}


def _referring(value: str, ids: dict[str, str]) -> str:
    """*value* with the short id of what it refers to."""
    return re.sub(r"#([a-z]\w{8,})", lambda found: "#" + ids.setdefault(found[1], f"i{len(ids) + 1}"), value)


def _short(number: float) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _rounded(text: str) -> str:
    return _NUMBER.sub(lambda found: _short(float(found[0])), text)


def path(d: str) -> str:
    """A path with straight parts in tenths of a point, each from the one before; curves keep their places."""
    parts = _PART.findall(d)
    if any(kind not in "MLz" for kind, _ in parts):
        return "".join(kind + " ".join(_short(float(one)) for one in _NUMBER.findall(rest)) for kind, rest in parts)
    made, last, x, y = [], "", 0, 0
    for kind, rest in parts:
        if kind == "z":
            made.append("z")
            last = "z"
            continue
        to_x, to_y = (round(float(number) * 10) for number in rest.split())
        if kind == "M" or (to_x, to_y) != (x, y):
            step = (to_x, to_y) if kind == "M" else (to_x - x, to_y - y)
            made.append(f"{kind.replace('L', 'l') if kind != last else ' '}{_tenths(step[0])} {_tenths(step[1])}")
            last = kind
        x, y = to_x, to_y
    return "".join(made).replace(" -", "-")


def _tenths(number: int) -> str:
    return f"{number / 10:g}".replace("0.", ".", 1) if -10 < number < 10 else f"{number / 10:g}"
