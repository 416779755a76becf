"""Which numbers may be shown: primary rules, and complementary cells over one system of relations.

All cells of an edition and of all earlier ones are one system. :func:`protect` gives cells as they may be
shown; :func:`decide` also tells an operator what that took.
"""

from ctip_analysis.inside.protection.decision import RUNGS, Decision, decide, protect
from ctip_analysis.inside.protection.table import FEWEST_CASES, LARGEST_PARTNER, LARGEST_TWO, THRESHOLD

__all__ = ["FEWEST_CASES", "LARGEST_PARTNER", "LARGEST_TWO", "RUNGS", "THRESHOLD", "Decision", "decide", "protect"]
