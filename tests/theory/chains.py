"""Markov chains in continuous time, built from their moves and solved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import copy
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import expm_multiply

Array = NDArray[np.float64]
State = TypeVar("State", bound=Hashable)
Moves = Callable[[State], Iterable[tuple[State, float]]]
"""From a state, the (next state, rate) of everything that can happen; the same state may recur."""


class Chain(Generic[State]):
    """All states that can be reached from one, and the generator between them."""

    def __init__(self, start: State, moves: Moves[State]) -> None:
        self.states: list[State] = [start]
        self.number = number = {start: 0}
        rates: list[tuple[int, int, float]] = []
        for state in self.states:  # Grows while it is read.
            for after, rate in moves(state):
                if rate <= 0.0:
                    continue
                if after not in number:
                    number[after] = len(self.states)
                    self.states.append(after)
                rates.append((number[state], number[after], rate))
        self.generator = self._generator(rates)

    def _generator(self, rates: list[tuple[int, int, float]]) -> Array:
        generator = np.zeros((len(self.states), len(self.states)))
        for one, other, rate in rates:
            generator[one, other] += rate
            generator[one, one] -= rate
        return generator

    def with_moves(self, moves: Moves[State]) -> Chain[State]:
        """The same states, moving otherwise."""
        other = copy(self)
        other.generator = self._generator(
            [
                (number, self.number[after], rate)
                for number, state in enumerate(self.states)
                for after, rate in moves(state)
            ]
        )
        return other

    def stationary(self) -> Array:
        """Shares of time p with p Q = 0 and sum 1."""
        equations = np.array(self.generator.T)
        equations[-1] = 1.0
        right = np.zeros(len(self.states))
        right[-1] = 1.0
        shares = np.asarray(np.linalg.solve(equations, right), dtype=np.float64)
        assert shares.min() > -1e-12
        return shares

    def values(self, figure: Callable[[State], float]) -> Array:
        """A figure of each state."""
        return np.array([figure(state) for state in self.states], dtype=np.float64)

    def means(self, figures: Sequence[Callable[[State], float]]) -> Array:
        """Stationary means of some figures."""
        shares = self.stationary()
        return np.array([shares @ self.values(figure) for figure in figures])

    def later(self, shares: Array, time: float) -> Array:
        """Kolmogorov's forward equations: p(t) = p(0) exp(Q t)."""
        return np.asarray(expm_multiply(csr_matrix(self.generator.T * time), shares))


def birth_death(birth: Callable[[int], float], death: Callable[[int], float], most: int) -> Array:
    """Shares of time with n people: p(n) is p(n-1) birth(n-1) / death(n). Cooper (1981), section 2.2."""
    weights = [1.0]
    for n in range(1, most + 1):
        weights.append(weights[-1] * birth(n - 1) / death(n))
    return np.array(weights) / sum(weights)
