"""The canvas every figure is drawn on: its look, its title and caption, its bytes.

matplotlib because everybody who knits such reports has it, and its SVG prints sharply; this
package, `caresim.report.figures`, is its one door. Figures are drawn on their own canvas (no
pyplot, no global state): one ink, one accent for what matters, colours that the colour-blind
can tell apart (Okabe and Ito's), words beside lines in place of legends.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.dates as mdates
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from caresim.errors import ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GREY, MIDDLE, PALE = "#1f2d3a", "#6b7780", "#aab3ba", "#d9dee2"
BLUE, ACCENT = "#0072b2", "#d55e00"
WIDTH = 9.0
"""Inches; every figure of a report has the same."""
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "path",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure, with the words that go with it."""

    name: str
    """Stem of its files."""
    title: str
    """What is seen, as a sentence."""
    caption: str
    figure: Figure

    def svg(self) -> str:
        """The same figure gives the same text."""
        text = io.StringIO()
        with mpl.rc_context({**STYLE, "svg.hashsalt": self.name}), _without_a_word_of_signs():
            self.figure.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue()

    def png(self, dots_per_inch: int = 160) -> bytes:
        picture = io.BytesIO()
        with mpl.rc_context(STYLE), _without_a_word_of_signs():
            self.figure.savefig(picture, format="png", dpi=dots_per_inch, metadata={"Software": None})
        return picture.getvalue()


def write_pictures(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Each picture as SVG and PNG in `folder`, made if it is not there; gives the files.

    Raises:
        ResultsError: `folder` cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            for suffix, content in ((".svg", picture.svg().encode()), (".png", picture.png())):
                written.append(folder / f"{picture.name}{suffix}")
                written[-1].write_bytes(content)
    except OSError as error:
        raise ResultsError(f"{folder}: figures cannot be written: {error.strerror or error}.") from error
    return written


@contextmanager
def _without_a_word_of_signs() -> Iterator[None]:
    """A sign the font lacks is drawn as a box: nothing a reader of the terminal could mend."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def picture(name: str, title: str, caption: str, figure: Figure) -> Picture:
    """Finish a figure: title above and caption below, each in its own strip, left-aligned."""
    height = figure.get_figheight()
    title_lines = textwrap.wrap(title, 74)
    caption_lines = textwrap.wrap(caption, 136)
    top = 0.16 + 0.235 * len(title_lines)
    bottom = 0.10 + 0.165 * len(caption_lines)
    figure.set_layout_engine(
        "constrained",
        rect=(0.005, bottom / height, 0.98, 1 - (top + bottom) / height),
        h_pad=0.06,
        w_pad=0.06,
    )
    figure.text(
        0.012,
        1 - 0.1 / height,
        "\n".join(title_lines),
        va="top",
        fontsize=12.5,
        fontweight="bold",
        in_layout=False,
    )
    figure.text(
        0.012, 0.06 / height, "\n".join(caption_lines), va="bottom", fontsize=8.3, color=GREY, in_layout=False
    )
    return Picture(name, title, caption, figure)


def new_figure(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def date_axis(axes: Axes, most: int = 9) -> None:
    locator = mdates.AutoDateLocator(minticks=2, maxticks=most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
