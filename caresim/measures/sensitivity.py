"""Which factor moves a figure: the points of Morris and Sobol designs, and indices of what came back.

SALib because its estimators are those of the literature and used by everybody who would check
ours; this module is its one door. Points are in the unit cube: what a place in it means for a
scenario is said in `experiment/`, and results are read in `sweeps.py`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caresim.errors import ResultsError

Floats = NDArray[np.float64]
MORRIS_LEVELS = 4
"""Places a factor takes in a Morris design: 0, 1/3, 2/3, 1; a step is two of them."""


def morris_points(factors: int, trajectories: int, seed: int) -> Floats:
    """Morris's design: ways through the cube that move one factor at a time.

    Args:
        factors: how many, 1 or more.
        trajectories: how many ways, 2 or more.
        seed: the same seed gives the same points, whatever was drawn before.

    Returns:
        shape (trajectories x (factors + 1), factors), in [0, 1]; a trajectory's points follow
        one another, and each differs from the one before in one factor, by 2/3.

    Source: Morris (1991), Technometrics 33, 161-174.
    """
    sample = _salib("sample.morris")
    with _global_generator_kept():
        points = sample.sample(_problem(factors), trajectories, num_levels=MORRIS_LEVELS, seed=_seed(seed))
    return _within(points)


def sobol_points(factors: int, n: int, seed: int) -> Floats:
    """Saltelli's design for first-order and total Sobol indices, from a scrambled Sobol sequence.

    Args:
        factors: how many, 1 or more.
        n: base points; a power of two spreads best, others are taken too.
        seed: the same seed gives the same points, whatever was drawn before.

    Returns:
        shape (n x (factors + 2), factors), in [0, 1]: for each base point A, then A with one
        factor after the other taken from B, then B.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, 259-270.
    """
    import warnings

    sample = _salib("sample.sobol")
    with _global_generator_kept(), warnings.catch_warnings():
        # scipy: balance needs a power of two. The design's reader is told by whoever checks it.
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        points = sample.sample(_problem(factors), n, calc_second_order=False, seed=_seed(seed))
    return _within(points)


def _salib(module: str) -> Any:
    try:
        return import_module(f"SALib.{module}")
    except ImportError as error:
        raise ResultsError(
            "Morris and Sobol designs and their indices need SALib: pip install 'caresim[analysis]'."
        ) from error


def _problem(factors: int) -> dict[str, Any]:
    return {
        "num_vars": factors,
        "names": [f"x{number}" for number in range(factors)],
        "bounds": [[0.0, 1.0]] * factors,
    }


def _seed(seed: int) -> int:
    """A seed that SALib takes for one: 0 it may take for none given."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) or 1


def _within(points: Any) -> Floats:
    """Thirds added up may miss 1 by a rounding."""
    return np.clip(np.asarray(points, dtype=np.float64), 0.0, 1.0)


@contextmanager
def _global_generator_kept() -> Iterator[None]:
    """Some versions of SALib seed the generators everybody shares; nobody else may notice."""
    numpys, pythons = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(numpys)
        random.setstate(pythons)
