"""Hand-made recorder rows: a ward of two beds, a step, home care in hours; three people."""

from __future__ import annotations

import numpy as np

from caresim.records.recorder import (
    DELAYED,
    IN_CARE,
    LEFT,
    NOBODY,
    TURNED_AWAY,
    UNFINISHED,
    WHY_NEXT,
    WHY_TURNED_AWAY,
    Recorder,
)
from caresim.records.tables import RunInfo

ASSESS, CARE, REABLE, WARD = range(4)
HOME, DIED = 4, 5
EMERGENCY = 4
START = 5
NAN = float("nan")

INFO = RunInfo(
    services=("assess", "care", "reable", "ward"),
    kinds=("assessment", "domiciliary", "reablement", "acute"),
    in_place=(True, False, False, False),
    in_hours=(False, True, False, False),
    mean_amount=(1.0, 600.0, 1.0, 1.0),
    streams=("emergency",),
    exits=("home", "died"),
    attributes=(("age", ("old", "young")), ("funding", ("council", "self"))),
    groups=(0,),
    price_attributes=(1,),
    start=-1.0,
    end=4.0,
    first_day="2019-04-29",
)


def three_people() -> Recorder:
    """Days from Monday 29 April 2019, a window of four days: two in April, two in May.

    Ada (old, council) is in the ward -0.5 to 1.5, delayed to 3.25: for the step until 2.0 (under
    way from 1.75), then for home care, 10 hours a week, which she has from 3.25 on.
    Bo (young, self) asks for the ward at 0.25, is admitted at 0.5 and goes home at 1.0.
    Cy (old, self) is turned away by the ward at 2.5. Home care has 15 hours a week.
    """
    recorder = Recorder()
    ada, bo, cy = range(3)
    old_council, young_self, old_self = range(3)
    recorder.capacity((ASSESS, -1.0, 1.0, CARE, -1.0, 900.0, REABLE, -1.0, np.inf))
    recorder.capacity((WARD, -1.0, 2.0, WARD, 2.0, 1.0))
    recorder.held((ada, WARD, IN_CARE, NOBODY, 1, old_council, -0.5, 1.5))
    recorder.held((bo, WARD, IN_CARE, NOBODY, 1, young_self, 0.5, 1.0))
    recorder.held((ada, WARD, DELAYED, ASSESS, 1, old_council, 1.5, 2.0))
    recorder.held((ada, ASSESS, IN_CARE, NOBODY, 1, old_council, 1.75, 2.0))
    recorder.held((ada, WARD, DELAYED, CARE, 1, old_council, 2.0, 3.25))
    recorder.held((ada, CARE, IN_CARE, NOBODY, 600, old_council, 3.25, 4.0))
    recorder.queued((bo, WARD, NOBODY, young_self, 0.25, 0.5))
    recorder.queued((ada, ASSESS, WARD, old_council, 1.5, 1.75))
    recorder.queued((ada, CARE, WARD, old_council, 2.0, 3.25))
    stay = recorder.stay
    stay((ada, WARD, -0.5, -0.5, 1.5, 3.25, 1, NOBODY, CARE, LEFT, old_council))
    stay((bo, WARD, 0.25, 0.5, 1.0, 1.0, 1, NOBODY, HOME, LEFT, young_self))
    stay((ada, ASSESS, 1.5, 1.75, 2.0, 2.0, 1, WARD, CARE, LEFT, old_council))
    stay((ada, CARE, 2.0, 3.25, NAN, NAN, 600, WARD, NOBODY, UNFINISHED, old_council))
    stay((cy, WARD, 2.5, NAN, NAN, 2.5, 1, NOBODY, NOBODY, TURNED_AWAY, old_self))
    recorder.flow((-0.5, EMERGENCY, WARD, WHY_NEXT, old_council, ada))
    recorder.flow((0.25, EMERGENCY, WARD, WHY_NEXT, young_self, bo))
    recorder.flow((1.0, WARD, HOME, WHY_NEXT, young_self, bo))
    recorder.flow((2.5, EMERGENCY, NOBODY, WHY_TURNED_AWAY, old_self, cy))
    recorder.flow((3.25, WARD, CARE, WHY_NEXT, old_council, ada))
    recorder.classes = np.array([[0, 0], [1, 1], [0, 1]])
    recorder.streams = np.array([0, 0, 0])
    return recorder
