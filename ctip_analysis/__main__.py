"""The command ``ctip``, also as ``python -m ctip_analysis``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; who stops it while libraries are still read gets a sentence too."""
    try:
        from ctip_analysis import cli
    except KeyboardInterrupt:
        print("stopped; nothing was done", file=sys.stderr)
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
