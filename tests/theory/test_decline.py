"""Rule 10 in numbers: after d whole days of delay, d times a day's gain of those who give have changed.

Everybody who needs care is delayed for five days and a half (there is none, and they give up then), so
with a gain of 4 % a day 20 % of them need nursing before. Bounds: 4.5 standard deviations of a binomial
share; such a test fails by chance once in 150,000.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from caresim.engine.decline import Draw
from caresim.engine.simulation import run as simulate
from caresim.records.recorder import WHY_CHANGED, WHY_GAVE_UP, Recorder
from engine.worlds import network_of, run_world, table_of

GAIN, DAYS = 0.04, 5
SPREADS = 4.5


def world(**more: Any) -> dict[str, Any]:
    return {
        "caresim": 1,
        "name": "Delayed for five days and a half",
        "time": {"from": "2019-04-15", "measure": "60 days"},
        "replications": 1,
        "seed": 1,
        "arrivals": {"all": {"to": "ward", "every": "10 minutes"}},
        "services": {
            "ward": {
                "kind": "acute",
                "places": "unlimited",
                "care_time": {"exponential": "1 day"},
                "next": {"care": 0.7, "home": 0.2, "nursing": 0.1},
            },
            "care": {
                "places": 0,
                "care_time": "1 day",
                "next": "home",
                "give_up": {"after": "132 hours", "to": "home"},
            },
            "nursing": {"places": "unlimited", "care_time": {"exponential": "4 days"}, "next": "home"},
        },
        "exits": {"home": {}},
        **more,
    }


def declining(gain: float) -> dict[str, Any]:
    return world(deconditioning={"at_most": "30 days", "each_day": {"services.ward.next.nursing": gain}})


def who(recorder: Recorder, why: int) -> set[int]:
    flows = table_of(recorder, "flows")
    return set(flows["person"][flows["why"] == why].astype(int).tolist())


def strays(changed: int, delayed: int) -> float:
    """How far the share that changed is from 20 % of those who give, in standard deviations."""
    # Of the ward's shares care and home give, 0.9 in all, what nursing gains.
    expected = GAIN * DAYS / 0.9
    return (changed / delayed - expected) / math.sqrt(expected * (1 - expected) / delayed)


def test_as_many_change_as_the_gains_of_the_days_come_to() -> None:
    recorder = run_world(declining(GAIN), simulate)
    changed, gave_up = who(recorder, WHY_CHANGED), who(recorder, WHY_GAVE_UP)
    assert len(changed) > 500
    assert abs(strays(len(changed), len(changed) + len(gave_up))) < SPREADS
    stays = table_of(recorder, "stays")
    asked = {
        int(p): at
        for p, s, at in zip(stays["person"], stays["service"], stays["requested_at"], strict=True)
        if s == 0
    }
    nursed = {
        int(p): at - asked[int(p)]
        for p, s, at in zip(stays["person"], stays["service"], stays["admitted_at"], strict=True)
        if s == 1 and int(p) in changed
    }
    # As many on each of the five days, at the very end of it.
    on_day = np.bincount([round(wait) for wait in nursed.values()], minlength=DAYS + 1)[1:]
    assert all(wait == round(wait) for wait in nursed.values())
    assert np.abs(on_day / len(changed) - 1 / DAYS).max() < SPREADS * math.sqrt(0.16 / len(changed))


def a_day_late(days: int) -> int:
    return max(0, days - 1)


def a_day_twice(days: int) -> int:
    return days + (days > 2)


@pytest.mark.parametrize("slip", [a_day_late, a_day_twice])
def test_a_day_less_or_more_would_be_found_out(
    monkeypatch: pytest.MonkeyPatch, slip: Callable[[int], int]
) -> None:
    right = Draw.code
    with monkeypatch.context() as slips:
        slips.setattr(Draw, "code", lambda self, class_, u, days: right(self, class_, u, slip(days)))
        recorder = run_world(declining(GAIN), simulate)
    changed, gave_up = len(who(recorder, WHY_CHANGED)), len(who(recorder, WHY_GAVE_UP))
    assert abs(strays(changed, changed + gave_up)) > SPREADS


def test_more_gain_changes_the_same_people_and_some_more() -> None:
    """The uniforms stay what they are: nobody comes otherwise, nobody is ready at another instant."""
    none, some, more = (run_world(w, simulate) for w in (world(), declining(GAIN), declining(2 * GAIN)))
    assert who(some, WHY_CHANGED) < who(more, WHY_CHANGED)

    def ready(recorder: Recorder) -> dict[int, float]:
        stays = table_of(recorder, "stays")
        ward = stays["service"] == 2
        return dict(zip(stays["person"][ward].tolist(), stays["ready_at"][ward].tolist(), strict=True))

    def same(one: dict[int, float], other: dict[int, float]) -> bool:
        return one.keys() == other.keys() and np.array_equal(
            [one[p] for p in one], [other[p] for p in one], equal_nan=True
        )

    assert same(ready(none), ready(some))
    assert same(ready(none), ready(more))
    assert network_of(world()).deconditioning is None
