"""What an outsider could work out from editions: for each withheld cell, the least and the most it can be.

It shares no code with what chooses the cells to withhold, and knows only what a reader knows: the numbers
shown, the definitions, the relations between cells, and that a count is a whole number.
"""

from ctip_analysis.attacker.attack import attack, opened

__all__ = ["attack", "opened"]
