from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from caresim.errors import ResultsError
from caresim.report.html import write_report
from report.made_results import county, without_daily


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return write_report(county(), tmp_path_factory.mktemp("report")).read_text(encoding="utf-8")


def test_the_page_fetches_nothing(page):
    assert all(link.startswith("data:image/svg+xml;base64,") for link in Page(page).links)
    assert "@import" not in page
    assert "url(" not in page
    assert "script" not in Page(page).tags


def test_a_name_is_words_never_markup(page):
    assert "A ward & two <teams>" in "".join(Page(page).words)
    assert "teams" not in Page(page).tags


def test_the_page_holds_every_figure_with_words_for_those_who_cannot_see_it(page):
    assert Page(page).tags.count("img") == 5
    for words in re.findall(r'<img [^>]*alt="([^"]*)"', page):
        assert len(words) > 40


def test_published_figures_stand_before_the_pictures_with_their_sources(page):
    text = "".join(Page(page).words)
    assert text.index("Published figures and the model's") < text.index("What happens")
    assert text.count("Published figures and the model's") == 1
    assert "made up" in text[: text.index("What happens")]


def test_headings_within_a_table_are_told_from_remarks(page):
    assert '<td class="heading" colspan="6">Tuned: the system was adjusted' in page
    assert re.search(
        r'<tr class="before"><td>The reablement team</td>.*\n<tr><td class="remark" colspan="5">waiting: ',
        page,
    )
    assert '<td class="in2">Mean wait, days: The reablement team</td>' in page


def test_without_published_figures_the_page_has_no_place_for_them(tmp_path):
    page = write_report(county(change=("published", "[]")), tmp_path).read_text(encoding="utf-8")
    assert "Published figures" not in page.partition("<details>")[0]


def test_the_page_tells_seed_and_versions_and_the_scenario(page):
    text = "".join(Page(page).words)
    for words in ("Seed", "11", "simpy", "General wards", "care_time"):
        assert words in text


def test_figures_lie_beside_the_page(tmp_path):
    write_report(county(), tmp_path)
    for name in ("delayed", "reasons", "responsible", "services", "costs"):
        assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "results",
    [
        lambda: county(kind="other"),
        lambda: county(replications=1),
        lambda: without_daily(county()),
        lambda: county(change=("services.ward.next", "home")),
    ],
)
def test_every_kind_of_results_can_be_reported(results, tmp_path):
    assert write_report(results(), tmp_path).exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    Path(tmp_path / "taken").write_text("a file")
    with pytest.raises(ResultsError, match="the report cannot be written"):
        write_report(county(), tmp_path / "taken")
