"""Paths are shortened where that still says which is meant."""

from caresim.measures.paths import short_paths


def test_a_path_is_shortened_only_where_that_says_which_is_meant() -> None:
    assert short_paths(["services.ward.places", "arrivals.emergency.rate", "time.measure"]) == {
        "services.ward.places": "ward.places",
        "arrivals.emergency.rate": "emergency.rate",
        "time.measure": "time.measure",
    }
    assert short_paths(["services.winter.active", "events.winter.active"]) == {
        "services.winter.active": "services.winter.active",
        "events.winter.active": "events.winter.active",
    }


def test_those_that_would_be_alike_stay_long_and_the_others_are_shortened() -> None:
    paths = ["services.ward.places", "arrivals.ward.places", "services.team.places", "time.measure"]
    assert list(short_paths(paths).values()) == [
        "services.ward.places",
        "arrivals.ward.places",
        "team.places",
        "time.measure",
    ]
