from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from caresim.report.figures.canvas import Picture
from caresim.report.figures.runs import Bar, Course, ServiceCourse, draw_bars, draw_course, draw_services
from caresim.report.pictures import pictures
from report.made_results import county, without_daily


def texts_of(picture: Picture) -> list[tuple[str, Bbox]]:
    """Every text that is really drawn, with the box it fills."""
    figure = picture.figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    beyond = never_drawn(figure)
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in beyond
    ]


def never_drawn(figure: Figure) -> set[Text]:
    """Ticks beyond the ends of an axis have labels that are never drawn."""
    beyond: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high:
                    beyond |= {tick.label1, tick.label2}
    return beyond


def faults_of(picture: Picture) -> list[str]:
    """Words that overlap others or leave the figure."""
    texts = texts_of(picture)
    width, height = picture.figure.get_size_inches() * picture.figure.dpi
    overlapping = [
        f"{one!r} over {other!r}"
        for (one, box), (other, other_box) in itertools.combinations(texts, 2)
        if box.overlaps(other_box)
    ]
    outside = [
        f"{words!r} outside"
        for words, box in texts
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    return overlapping + outside


ALL = {
    "as it is": lambda: county(),
    "by the week": lambda: county(days=140),
    "by the month": lambda: without_daily(county()),
    "one replication": lambda: county(replications=1),
    "no hospital": lambda: county(kind="other"),
}


@pytest.mark.parametrize("case", ALL)
def test_no_words_overlap_or_leave_the_figure(case):
    for picture in pictures(ALL[case]()):
        assert faults_of(picture) == [], picture.name


def test_long_names_and_great_numbers_do_not_overlap_either():
    bars = [
        Bar(
            "A community hospital with a very long name indeed, in the north",
            123456.0,
            1.0,
            250000.0,
            "123,456 (1 to 250,000)",
        )
    ] * 12
    picture = draw_bars("b", "T " * 60, "C " * 200, bars, unit="people")
    assert faults_of(picture) == []


def test_words_over_words_and_outside_are_found():
    picture = draw_bars("b", "Title", "Caption", [Bar("a", 1, 0, 2, "1 (0 to 2)")], unit="people")
    picture.figure.text(0.012, 0.9, "over", va="top", in_layout=False)
    picture.figure.text(0.99, 0.5, "leaving the figure", in_layout=False)
    assert faults_of(picture) == ["'Title' over 'over'", "'leaving the figure' outside"]


def test_a_report_shows_each_of_its_figures():
    assert [picture.name for picture in pictures(county())] == [
        "delayed",
        "reasons",
        "responsible",
        "services",
        "costs",
    ]


def test_captions_say_how_many_replications_and_what_the_bands_mean():
    delayed = next(pictures(county()))
    assert "mean of 3 replications" in delayed.caption
    assert "80 %" in delayed.caption
    assert "95 %" in delayed.caption
    alone = next(pictures(county(replications=1)))
    assert "80 %" not in alone.caption


def test_the_same_figures_give_the_same_svg():
    course = Course(np.arange("2024-01-01", "2024-01-11", dtype="datetime64[D]"), np.arange(10.0))
    one, other = (draw_course("c", "Title", "Caption", course, unit="people").svg() for _ in range(2))
    assert one == other
    assert "<svg" in one


def test_a_service_nobody_waits_for_and_a_service_without_limit_can_be_drawn():
    dates = np.arange("2024-01-01", "2024-01-11", dtype="datetime64[D]")
    nobody = Course(dates, np.zeros(10))
    service = ServiceCourse("Home", nobody, np.full(10, np.nan), nobody)
    picture = draw_services("s", "Title", "Caption", [service])
    assert picture.png().startswith(b"\x89PNG")


def test_a_service_that_is_not_drawn_is_named_in_the_caption():
    names = {
        change: [picture.caption for picture in pictures(results) if picture.name == "services"]
        for change, results in (
            ("limit", county()),
            ("none", county(change=("services.team.places", "unlimited"))),
        )
    }
    assert "Not drawn" not in names["limit"][0]
    assert names["none"][0].endswith("Not drawn, for there is no limit and nobody waits: The reablement team.")


def test_signs_the_font_lacks_are_no_matter_for_the_terminal():
    picture = draw_bars("b", "Title", "Caption", [Bar("\u75c5\u9662", 1, 0, 2, "1")], unit="people")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert picture.svg()
        assert picture.png()
