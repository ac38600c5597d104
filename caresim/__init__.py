"""caresim: a discrete-event simulation of a whole local health-and-care system."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

PUBLIC = {
    "load_scenario": "caresim.scenario.files",
    "run": "caresim.experiment.runner",
    "sweep": "caresim.experiment.sweep",
    "load": "caresim.measures.sweeps",
    "compare": "caresim.measures.comparison",
    "summary": "caresim.measures.summary",
    "read_results": "caresim.records.store",
    "write_results": "caresim.records.store",
    "CaresimError": "caresim.errors",
    "ScenarioError": "caresim.errors",
    "RunError": "caresim.errors",
    "ResultsError": "caresim.errors",
    "SweepError": "caresim.errors",
}
"""Public name -> the module that defines it."""

__all__ = ["__version__", *PUBLIC]


def __getattr__(name: str) -> object:
    # Imported when asked for, so that `caresim --help` need not load pandas.
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
