"""Write ``docs/data-dictionary.md`` from ``data/datapackage.json``: ``python docs/make_data_dictionary.py``.

Run it after a change of the descriptions and commit both files; a test compares them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "data" / "datapackage.json"
DICTIONARY = ROOT / "docs" / "data-dictionary.md"
SECTIONS = {
    "sample/": (
        "Record tables",
        "What a record folder contains: one file per table, CSV, Excel or Parquet. `data/sample` has synthetic ones.",
    ),
    "reference/": (
        "Reference tables",
        "Provinces, indicators, the table plan and the rules, in `data/reference`.",
    ),
    "published/": ("Published figures", "Figures that named sources print, in `data/published`."),
}
INTRODUCTION = """# Data dictionary

Every column of the record tables, the reference tables and the published figures. Made from `data/datapackage.json`
by `python docs/make_data_dictionary.py`; change the description there. An edition and the `data/` folder of a report
have a `datapackage.json` of their own that describes their columns.

**Required** columns have no missing value. **Sensitive** columns may identify a person or a small place: their
values are never quoted, not even in an error message. **Key** columns together identify a row.
"""


def dictionary(package: dict[str, Any]) -> str:
    """The data dictionary of *package* as Markdown."""
    parts = [INTRODUCTION]
    for folder, (title, sentence) in SECTIONS.items():
        parts.append(f"## {title}\n{sentence}\n")
        parts += [_table(one) for one in package["resources"] if one["path"].startswith(folder)]
    return "\n".join(parts)


def _table(resource: dict[str, Any]) -> str:
    """One table: what a row is, its columns, the rules between columns."""
    schema = resource["schema"]
    key = schema.get("primaryKey", [])
    is_record_table = resource["path"].startswith("sample/")
    about = [resource["description"]]
    about += [] if is_record_table else [f"File `{resource['path']}`."]
    about += ["A record folder may lack this table."] if resource.get("optional") else []
    lines = [f"### {resource['name']}", _escaped(" ".join(about)), ""]
    lines += ["| column | type | description | values |", "|---|---|---|---|"]
    lines += [
        _row(field, field["name"] in ([key] if isinstance(key, str) else key)) for field in schema["fields"]
    ]
    rules = [_link(link, resource["name"]) for link in schema.get("foreignKeys", [])]
    rules += [rule["says"] for rule in schema.get("rowRules", [])]
    return "\n".join([*lines, *([""] if rules else []), *(f"* {rule}" for rule in rules)]) + "\n"


def _link(link: dict[str, Any], own_name: str) -> str:
    target = link["reference"]
    return f"`{_named(link['fields'])}` refers to `{_named(target['fields'])}` of `{target['resource'] or own_name}`."


def _named(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else ", ".join(fields)


def _row(field: dict[str, Any], is_key: bool) -> str:
    rules = field.get("constraints", {})
    marks = [word for word, holds in (("key", is_key), ("required", rules.get("required")),
                                      ("sensitive", field.get("sensitive"))) if holds]  # fmt: skip
    description = _escaped(field["description"]) + (f" ({', '.join(marks)})" if marks else "")
    kind = field["type"] + (f", {field['unit']}" if "unit" in field else "")
    return f"| `{field['name']}` | {kind} | {description} | {_values(rules)} |"


def _values(rules: dict[str, Any]) -> str:
    """The permitted values in words."""
    if "enum" in rules:
        return _escaped(", ".join(map(str, rules["enum"])))
    if "pattern" in rules:
        return f"`{_escaped(rules['pattern'])}`"
    limits = [
        f"{word} {rules[name]}" for name, word in (("minimum", "from"), ("maximum", "to")) if name in rules
    ]
    return " ".join(limits)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    package = json.loads(PACKAGE.read_text(encoding="utf-8"))
    DICTIONARY.write_text(dictionary(package), encoding="utf-8", newline="\n")
    print(DICTIONARY.relative_to(ROOT).as_posix())
