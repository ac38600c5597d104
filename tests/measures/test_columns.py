from __future__ import annotations

import pytest

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.columns import Column, figures_of, parse_column
from caresim.measures.summary import service_figures
from report.made_results import county


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("dtoc_people", Column(measure="dtoc_people")),
        ("cost_total[payer=nhs]", Column(measure="cost_total", where={"payer": "nhs"})),
        (
            "dtoc_people[reason=E, area=county]",
            Column(measure="dtoc_people", where={"reason": "E", "area": "county"}),
        ),
        ("reablement.queue", Column(service="reablement", quantity="queue")),
        ("step.down.wait_days", Column(service="step.down", quantity="wait_days")),
    ],
)
def test_a_name_is_read_as_what_it_names(name, column):
    assert parse_column(name) == column


def test_restrictions_are_named_in_one_order_whatever_order_they_were_written_in():
    assert parse_column("dtoc_people[reason=E, area=county]").name == "dtoc_people[area=county,reason=E]"


@pytest.mark.parametrize(
    "name", ["dtoc", "reablement.beds", "cost_total[payer]", "cost_total[=nhs]", "cost_total[]", ""]
)
def test_what_names_no_figure_is_refused(name):
    with pytest.raises(ResultsError):
        parse_column(name)


def test_figures_are_those_of_the_measure_one_for_each_replication():
    results = county()
    service = str(results.small("services")[0]["service"])
    found = figures_of(results, ["cost_total[payer=nhs]", f"{service}.held", "dtoc_people"])
    costs = MEASURES["cost_total"].figures(results, where={"payer": "nhs"})
    assert list(found.index) == list(results.replications)
    assert list(found.columns) == ["cost_total[payer=nhs]", f"{service}.held", "dtoc_people"]
    assert found["cost_total[payer=nhs]"].tolist() == costs["value"].tolist()
    assert (found["cost_total[payer=nhs]"] > 0).all()
    held = service_figures(results).query("service == @service")["held"]
    assert found[f"{service}.held"].tolist() == held.tolist()
