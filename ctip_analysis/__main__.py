"""``python -m ctip_analysis`` is the command ``ctip``."""

from ctip_analysis.cli import main

if __name__ == "__main__":
    main()
