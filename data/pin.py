"""Write the SHA-256 and size of every pinned file into its data package: ``python data/pin.py``.

Pinned are the tables of ``data/reference`` and ``data/published`` and the files of ``shapefiles``; record
folders are described, not pinned. Run it after a change that is meant, look at the difference, commit both.
Nothing but ``hash`` and ``bytes`` of a resource is touched.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (ROOT / "data" / "datapackage.json", ROOT / "shapefiles" / "datapackage.json")
NOT_PINNED = "sample/"


def pin(descriptor: Path) -> list[str]:
    """Renew the pins of *descriptor*; return the paths whose pin changed. Absent files are an error."""
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    changed = []
    for resource in package["resources"]:
        if resource["path"].startswith(NOT_PINNED):
            continue
        content = (descriptor.parent / resource["path"]).read_bytes()
        found = {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}
        if found != {key: resource.get(key) for key in found}:
            changed.append(resource["path"])
            resource.update(found)
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    descriptor.write_text(text, encoding="utf-8", newline="\n")
    return changed


if __name__ == "__main__":
    for path in PACKAGES:
        if path.exists():
            renewed = pin(path)
            where = path.relative_to(ROOT).as_posix()
            print(f"{where}: {', '.join(renewed) if renewed else 'every pin holds'}")
