"""Tiny declared scenarios, built in Python: what a test does not say is as plain as can be."""

from datetime import date

from caresim.distributions import Distribution
from caresim.scenario.arrivals import Arrival
from caresim.scenario.scenario import Exit, Scenario, Time
from caresim.scenario.services import Service


def exponential(mean):
    return Distribution(family="exponential", parameters=(float(mean),))


def fixed(value):
    return Distribution(family="fixed", parameters=(float(value),))


def service(name, *, care=1.0, then="home", **rest):
    """A service with 10 places and an exponential care time, unless said otherwise."""
    if not {"places", "hours", "unlimited"} & set(rest):
        rest["places"] = 10
    care_time = rest.pop("care_time", None) or exponential(care)
    routes = {then: 1.0} if isinstance(then, str) else then
    values = {"label": name, "kind": "other", "care_time": care_time, "next": routes} | rest
    return Service(name=name, **values)


def arrival(name, *, to, **rest):
    targets = {to: 1.0} if isinstance(to, str) else to
    if not {"rate", "times", "every", "counts", "rates"} & set(rest):
        rest["rate"] = 1.0
    return Arrival(name=name, label=name, to=targets, **rest)


def scenario(
    services, arrivals=(), *, exits=("home", "died"), start=date(2019, 4, 1), days=366, warm_up=0, **rest
):
    """From Monday 1 April 2019, a year with a 29 February in it, unless said otherwise."""
    values = {"name": "tiny", "replications": 1, "seed": 1, "population": {}} | rest
    return Scenario(
        time=Time(start=start, measured_days=days, warm_up=warm_up),
        services={each.name: each for each in services},
        arrivals={each.name: each for each in arrivals},
        exits={name: Exit(name=name, label=name) for name in exits},
        **values,
    )
