"""Templates of pages: style sheet with its typefaces, scripts, and the policy that allows these alone.

Nothing is fetched, and the same words give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from ctip_analysis import charts
from ctip_analysis.charts import interactive, theme

FOLDER = Path(__file__).parent / "templates"
FONTS = Path(charts.__file__).parent / "fonts"
PROGRAMME = "Counter-trafficking in persons, Cambodia"
_KHMER = re.compile("[\u1780-\u17ff]")
_WEIGHTS = {"Regular": "100 500", "Semibold": "600 900"}


def page(name: str, words: str, marks: Iterable[str], edges: tuple[str, str], **parts: Any) -> str:
    """The template *name* with its *parts* and the style of a page of *words*.

    Printed, *marks* are at the top of each sheet with the programme; *edges* are at the right, and at the foot.
    """
    header = {"running": " · ".join([*marks, PROGRAMME]), "edition": edges[0], "contact": edges[1]}
    made = _environment().get_template("page.css").render({key: _css_string(one) for key, one in header.items()})
    style = f"{faces(words)}\n{made}\n{_added()}"
    given = {"programme": PROGRAMME, "marks": list(marks), "style": style, "style_hash": digest(style), **parts}
    return f"{_environment().get_template(name).render(given)}\n"


def sheet() -> str:
    """The style sheet of a page with that of its figures, as it is before its header is filled in."""
    return f"{(FOLDER / 'page.css').read_text(encoding='utf-8').strip()}\n{_added()}"


@cache
def _added() -> str:
    """The style of figures on a dark screen, and of interactive maps."""
    pairs = ((part, *both) for both in theme.DARK.items() for part in ("fill", "stroke"))
    rules = "\n".join(f'.chart [{part}="{light}"]{{{part}:{dark}}}' for part, light, dark in pairs)
    return f"@media screen and (prefers-color-scheme:dark){{\n{rules}\n}}\n{interactive.STYLE}"


def digest(text: str) -> str:
    """The hash of a style or script, by which the policy of a page allows it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def faces(text: str) -> str:
    """CSS ``@font-face`` rules for *text*: Latin always, Khmer where a Khmer letter occurs."""
    families = ["CTIP Sans", *(["CTIP Khmer"] if _KHMER.search(text) else [])]
    return "\n".join(_face(family, name) for family in families for name in _WEIGHTS)


@cache
def _face(family: str, name: str) -> str:
    path = FONTS / f"{family.replace(' ', '')}-{name}.woff2"
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{_WEIGHTS[name]};font-display:block;'
        f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )


def _css_string(words: str) -> str:
    """*words* as a CSS string that can't end the style element or itself."""
    return '"' + re.sub(r'["\\<>\n]', lambda found: f"\\{ord(found[0]):x} ", words) + '"'


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), undefined=jinja2.StrictUndefined)
