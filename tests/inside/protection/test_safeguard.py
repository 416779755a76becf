"""Where protection fails or is cut short, more is withheld or there is no edition: never less."""

from __future__ import annotations

import pytest
from brute_force import cells, key, shown, table, withheld

from ctip_analysis.attacker import bounds
from ctip_analysis.base import reference
from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.inside import safeguard
from ctip_analysis.inside.protection import RUNGS, Decision, decide, deviation
from ctip_analysis.inside.protection.table import is_small_by_itself
from ctip_analysis.inside.safeguard import safe

pytestmark = pytest.mark.long

BY_TWO = table("clients_assisted", sex=["female", "male"], age_band=["15_17", "18_plus"])
PEOPLE = [3, 20, 30, 40]


def careless(rungs):
    """A protector that on *rungs* withholds small counts only, and nothing that gives them away."""

    def decided(made, previous=(), *, threshold, besides):
        good = decide(made, previous, threshold=threshold, besides=besides)
        if besides not in rungs:
            return good
        rules = reference.table("indicators").set_index("id", drop=False)
        small = is_small_by_itself(made, rules, threshold)
        frame = made.assign(
            status=small.map({True: "withheld", False: "shown"}), value=made["value"].mask(small)
        )
        return Decision(frame, good.planned, good.small, good.withheld, good.values)

    return decided


def test_what_is_safe_at_once_takes_no_rung():
    made = safe(cells(BY_TWO.values(PEOPLE)), [])
    assert made.rung == RUNGS[0]
    assert not BY_TWO.told([made.decision.frame], PEOPLE)


def test_where_nothing_is_withheld_there_is_nothing_to_ask():
    made = safe(cells(BY_TWO.values([100, 200, 300, 400])), [])
    assert made.decision.withheld == 0 and not made.already_public


def test_an_edition_the_attacker_opens_is_made_again_a_rung_further_down(monkeypatch):
    monkeypatch.setattr(safeguard, "decide", careless(RUNGS[:2]))
    made = safe(cells(BY_TWO.values(PEOPLE)), [])
    assert made.rung == RUNGS[2]
    assert not BY_TWO.told([made.decision.frame], PEOPLE)


def test_an_edition_the_attacker_opens_on_every_rung_is_none(monkeypatch):
    monkeypatch.setattr(safeguard, "decide", careless(RUNGS))
    with pytest.raises(NotShareableError, match=r"no edition was written: .*could be worked out"):
        safe(cells(BY_TWO.values(PEOPLE)), [])


def test_where_earlier_editions_leave_no_way_there_is_no_edition():
    values = {key("clients_assisted", "2004"): 45, key("clients_assisted", "2004", sex="female"): 40}
    early = cells(values)
    with pytest.raises(NotShareableError, match="no edition was written"):
        safe(cells(values | {key("clients_assisted", "2004", sex="male"): 5}), [early])


@pytest.mark.parametrize("people", [PEOPLE, [3, 4, 30, 40], [12, 5, 0, 60], [11, 3, 2, 9]])
def test_searches_cut_off_at_once_show_no_more(monkeypatch, people):
    """Neither of the two may look further than a first answer: what is shown stays safe, or there is nothing."""
    whole = shown(safe(cells(BY_TWO.values(people)), []).decision.frame)
    monkeypatch.setattr(deviation, "NODES", 0)
    monkeypatch.setattr(bounds, "_NODES", 1)
    try:
        frame = safe(cells(BY_TWO.values(people)), []).decision.frame
    except NotShareableError:
        return
    assert not BY_TWO.told([frame], people)
    assert len(shown(frame)) <= len(whole) and len(withheld(frame)) >= len(BY_TWO.counts) - len(whole)
