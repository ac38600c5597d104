"""What a person carries with them while they are in the system."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from caresim.records.recorder import IN_CARE, NOBODY, WHY_NEXT

if TYPE_CHECKING:
    from caresim.engine.absence import Exposure, Kept
    from caresim.engine.decline import Decline
    from caresim.engine.queues import Standing
    from caresim.engine.resource import Choices, Resource
    from caresim.engine.reviews import Review
    from caresim.engine.simulation import Timer

NAN = float("nan")


class Person:
    """One person: who they are, what they hold, what they wait for.

    Outside: `place` is None. In care, delayed or bridging: `state` says which, since
    `state_since`. Waiting: `wait` is where they stand, `stand_ins` where else.
    Under way in an in-place step: `step`. Away: `kept` is what they left, `place` the bed in hospital.
    """

    __slots__ = (
        "admitted_at",
        "amount",
        "at_this_instant",
        "awaited",
        "block",
        "bridge_only",
        "came_from",
        "care_is_over",
        "care_time",
        "care_timer",
        "cared_since",
        "class_",
        "death_timer",
        "decline",
        "draws",
        "exposure",
        "give_up_timer",
        "hazard",
        "hazard_since",
        "instant",
        "kept",
        "last_counted",
        "life",
        "origin",
        "place",
        "process",
        "rank",
        "ready_at",
        "requested_at",
        "review",
        "sent_on",
        "stand_in_timers",
        "stand_ins",
        "state",
        "state_since",
        "step",
        "step_admitted_at",
        "step_amount",
        "step_requested_at",
        "taper_timer",
        "wait",
        "why",
        "word",
    )

    def __init__(self, rank: int, origin: int, class_: int, block: int, word: int) -> None:
        self.rank = rank
        self.class_ = class_
        self.block = block
        self.word = word
        self.draws: dict[tuple[str, ...], int] = {}
        """How often they drew, for purposes they may draw for again."""
        self.origin = origin
        """`from`: the last service that gave a place, else the arrival stream."""
        self.process: Generator[None, int, None] | None = None

        self.place: Resource | None = None
        self.amount = 0
        self.requested_at = self.admitted_at = self.ready_at = NAN
        """Of the place held."""
        self.came_from = NOBODY
        self.care_time = 0.0
        self.cared_since = 0.0
        """Admission, later by the time they were away: weeks of an amount that tapers begin then."""
        self.state = IN_CARE
        self.state_since = 0.0
        self.awaited = NOBODY
        """What a delay or bridging counts under: the service or step first waited for."""
        self.care_is_over = False
        """Ready (or, bridging, at the end of the stand-in's care), the place still held."""
        self.bridge_only = False

        self.step: Resource | None = None
        self.step_amount = 0
        self.step_requested_at = self.step_admitted_at = NAN

        self.wait: Standing | None = None
        self.stand_ins: list[Standing] = []
        self.why = WHY_NEXT
        """Why the present wait began."""
        self.stand_in_timers: list[Timer] = []
        self.give_up_timer: Timer | None = None
        """Of the present wait."""
        self.care_timer: Timer | None = None
        self.taper_timer: Timer | None = None
        self.death_timer: Timer | None = None
        self.exposure: Exposure | None = None
        """Of who has been in care where people may go to hospital."""
        self.kept: Kept | None = None
        """Away: the place they left for hospital; or they wait for a new one of that kind."""
        self.review: Review | None = None
        """Of who is in care where people are reviewed."""
        self.sent_on: Choices | None = None
        """Where a review that ended their care says that they go."""
        self.decline: Decline | None = None
        """Of who has been delayed where delay has consequences."""
        self.life = NAN
        """Hazard still to be borne: a unit exponential, used up."""
        self.hazard = 0.0
        self.hazard_since = 0.0
        self.instant = self.last_counted = NAN
        """When they last asked for something; when they last did so twice."""
        self.at_this_instant = 0
        """How often they did so then."""
