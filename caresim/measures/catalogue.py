"""Every measure: name, unit, definition, source. `reference_markdown` makes the reference page."""

from __future__ import annotations

from caresim.measures import cost, delays, flow, happened, providers, reviews, staff
from caresim.measures.measure import Measure, days, months

DTOC = "NHS England, Monthly delayed transfers of care: definitions (2018)"
READY = "NHS England, Discharge ready date and acute daily discharge situation reports (2023)"
ASCOF = "Adult Social Care Outcomes Framework"
OURS = "caresim"
WORKFORCE = "Skills for Care, Adult social care workforce: vacancy and turnover rates"
AWAY = "caresim; kept and paid days as Cheshire East Council (2017) has them"
IN_HOSPITAL = "delayed in a service of kind acute or community_hospital, waiting for what is not acute"

_ALL = (
    Measure(
        name="dtoc_nights",
        label="Delayed in hospital, nights",
        unit="nights",
        definition=f"Nights that people were {IN_HOSPITAL}: midnights m with ready_at <= m < left_at.",
        source=DTOC,
        top=delays.dtoc_nights,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
        headline=True,
    ),
    Measure(
        name="dtoc_people",
        label="Delayed in hospital, people",
        unit="people",
        definition="Delayed transfers: dtoc_nights over the days measured, the mean number delayed.",
        source=DTOC,
        top=delays.dtoc_nights,
        bottom=days,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
        headline=True,
    ),
    Measure(
        name="dtoc_rate",
        label="Delayed, % of occupied beds",
        unit="% of occupied nights",
        definition="dtoc_nights over the occupied nights of the same hospital services and groups.",
        source=DTOC,
        top=delays.dtoc_nights,
        bottom=delays.hospital_nights,
        scale=100.0,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
        headline=True,
    ),
    Measure(
        name="dtoc_rate_available",
        label="Delayed, % of available beds",
        unit="% of available nights",
        definition="dtoc_nights over the place-days there were in the same hospital services.",
        source=DTOC,
        top=delays.dtoc_nights,
        bottom=delays.available_nights,
        scale=100.0,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
    ),
    Measure(
        name="dtoc_per_100k",
        label="Delayed in hospital per 100,000 adults",
        unit="people per 100,000 adults",
        definition="dtoc_people per 100,000 adults of the population (of the area, when told by area).",
        source=f"{ASCOF}, 2C(1)",
        top=delays.dtoc_nights,
        bottom=delays.adults_days,
        scale=1.0,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
        headline=True,
    ),
    Measure(
        name="dtoc_share",
        label="% of delayed nights",
        unit="% of all delayed nights",
        definition="dtoc_nights of a reason, body, hospital ... over all dtoc_nights of the month and group.",
        source=DTOC,
        top=delays.dtoc_nights,
        bottom=delays.dtoc_nights_of_any_kind,
        scale=100.0,
        keys=("month", "service", "awaited", "reason", "responsible", "groups"),
    ),
    Measure(
        name="ready_remaining",
        label="Ready and still in hospital, people",
        unit="people",
        definition="People with no criteria to reside remaining: held at midnight in a service of kind "
        "acute after they were ready, whatever they waited for; mean over midnights.",
        source=READY,
        top=flow.tally("delayed_nights", "acute"),
        bottom=days,
        keys=("month", "service", "groups"),
        headline=True,
    ),
    Measure(
        name="discharged_after_ready",
        label="Left a night or more after ready, %",
        unit="% of those who left",
        definition="Of those who left an acute service having been ready, who left a night or more after.",
        source=READY,
        top=delays.left_after_ready,
        bottom=delays.left_acute,
        scale=100.0,
        keys=("service", "groups"),
        headline=True,
    ),
    Measure(
        name="mean_delay_of_delayed",
        label="Mean delay of the delayed, nights",
        unit="nights",
        definition="Mean nights between ready and leaving, less bridging on, of those who left an acute "
        "service a night or more after they were ready.",
        source=READY,
        top=delays.delay_nights,
        bottom=delays.left_after_ready,
        keys=("service", "groups"),
        headline=True,
    ),
    Measure(
        name="delay_bands",
        label="Nights from ready to leaving, %",
        unit="% of those who left",
        definition="Those who left an acute service having been ready, by nights from ready to leaving: "
        "0, 1, 2-3, 4-6, 7-13, 14-20, 21+.",
        source=READY,
        top=delays.left_by_band,
        bottom=delays.left_acute,
        scale=100.0,
        keys=("band", "service", "groups"),
    ),
    Measure(
        name="pathway_mix",
        label="Discharges by pathway, %",
        unit="% of discharges",
        definition="Those who left an acute service alive for what is not acute, by discharge pathway.",
        source="Hospital discharge and community support guidance, DHSC (2022)",
        top=flow.discharged,
        bottom=flow.discharged_of_any_pathway,
        scale=100.0,
        keys=("pathway", "month", "service", "groups"),
    ),
    *(
        Measure(
            name=f"stays_{length}_days",
            label=f"Stays of {length} days or more, %",
            unit="% of stays",
            definition=f"Of acute stays that ended in the window, those of {length} days or more.",
            source="NHS England, Long length of stay",
            top=flow.durations("stay", "count", "acute", at_least=length),
            bottom=flow.durations("stay", "count", "acute"),
            scale=100.0,
            keys=("service", "groups"),
        )
        for length in (7, 14, 21)
    ),
    Measure(
        name="mean_stay",
        label="Mean stay, days",
        unit="days",
        definition="Mean time from admission to leaving, of those who left in the window. Steps are not "
        "among them unless told by service.",
        source=OURS,
        top=flow.durations("stay", "sum"),
        bottom=flow.durations("stay", "count"),
        keys=("service", "groups"),
    ),
    Measure(
        name="mean_wait",
        label="Mean wait, days",
        unit="days",
        definition="Mean time from request to admission of those admitted in the window, zeros included; who "
        "was in a place at the start was not. Steps are not among them unless told by service.",
        source=OURS,
        top=flow.durations("wait", "sum"),
        bottom=flow.durations("wait", "count"),
        keys=("service", "groups"),
    ),
    Measure(
        name="people",
        label="People with a place",
        unit="people",
        definition="Mean number who hold a place, in any state. Steps are not added: who is in one is "
        "counted where they hold a place. Who is away is held twice: in hospital, and where their place "
        "is kept.",
        source=OURS,
        top=flow.tally("held_days", steps=False),
        bottom=days,
        keys=("month", "service", "groups"),
        headline=True,
    ),
    Measure(
        name="people_in_month",
        label="People a month",
        unit="people a month",
        definition="Distinct people who held a place (were under way in the step) in a month; mean over "
        "months. Over several services a person counts in each.",
        source=OURS,
        top=flow.people_of_month,
        bottom=months,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="queue",
        label="Queue, people",
        unit="people",
        definition="Mean number waiting for a service, wherever they are.",
        source=OURS,
        top=flow.tally("queue_days"),
        bottom=days,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="queue_where",
        label="Queue by where people wait",
        unit="people",
        definition="Mean number waiting for a service, by where they are: a service whose place they hold, "
        "or outside.",
        source=OURS,
        top=flow.where_waiting,
        bottom=days,
        keys=("where", "month", "service", "groups"),
    ),
    Measure(
        name="boarding",
        label="Waiting for a first acute bed, people",
        unit="people",
        definition="Mean number who hold no place and wait for an acute one.",
        source=OURS,
        top=flow.tally("waiting_days", "acute"),
        bottom=days,
        keys=("month", "service", "groups"),
        headline=True,
    ),
    Measure(
        name="occupancy_at_midnight",
        label="Occupied at midnight, % of places",
        unit="% of places",
        definition="Places held at midnight over places there were, in services with a number of places.",
        source="NHS England, Bed availability and occupancy (KH03)",
        top=flow.nights_in_places,
        bottom=flow.available,
        scale=100.0,
        keys=("month", "service"),
    ),
    Measure(
        name="days_above_92",
        label="Days more than 92 % full, %",
        unit="% of days",
        definition="Days on which more than 92 % of a service's places were held at midnight. Needs the "
        "table `daily`.",
        source="NHS Improvement: bed occupancy of 92 %",
        top=flow.midnights_above,
        bottom=flow.midnights,
        scale=100.0,
        keys=("month", "service"),
    ),
    *(
        Measure(
            name=column,
            label=label,
            unit="people",
            definition=definition,
            source=OURS,
            top=flow.tally(column, steps=steps),
            keys=("month", "service", "groups"),
            headline=True,
        )
        for column, steps, label, definition in (
            (
                "turned_away",
                True,
                "Turned away, people",
                "People whom a service turned away: no room to wait.",
            ),
            ("given_up", True, "Gave up waiting, people", "People who gave up waiting."),
            ("deaths", False, "Died with a place, people", "People who died while they held a place."),
            (
                "deaths_waiting",
                True,
                "Died waiting, people",
                "People who died while they waited for a service; in each they waited for.",
            ),
        )
    ),
    Measure(
        name="cancelled",
        label="Turned away on arrival, people",
        unit="people",
        definition="People turned away on arrival, by arrival stream: of an elective stream, cancelled.",
        source=OURS,
        top=flow.turned_away_from_stream,
        keys=("stream", "month", "groups"),
    ),
    Measure(
        name="deadlock_moves",
        label="Moved at once in a deadlock, people",
        unit="people",
        definition="People moved at once because each held the place the next one waited for (rule 12): "
        "often a sign that two services hand people to each other.",
        source=OURS,
        top=flow.counted("deadlock_moves"),
        keys=("month", "service"),
    ),
    Measure(
        name="never_fits",
        label="Requests that can never fit",
        unit="requests",
        definition="Requests for more hours a week than the service has at all; they are stepped over.",
        source=OURS,
        top=flow.counted("never_fits"),
        keys=("month", "service"),
    ),
    Measure(
        name="away_people",
        label="Away in hospital, place kept, people",
        unit="people",
        definition="Mean number away in hospital (or waiting outside for its bed) whose place is kept; by "
        "service: the one that keeps it.",
        source=AWAY,
        top=flow.tally("away_days"),
        bottom=days,
        keys=("month", "service", "groups"),
    ),
    *(
        Measure(
            name=name,
            label=label,
            unit="people",
            definition=definition,
            source=AWAY,
            top=flow.moved(why, whose),
            keys=("month", "service", "groups"),
        )
        for name, why, whose, label, definition in (
            (
                "admitted_from_care",
                "away",
                "from",
                "To hospital from care, people",
                "Admissions to hospital of people in care whose service says how they go there (`away`). By "
                "service: the one they come from.",
            ),
            (
                "restarts",
                "restarted",
                "to",
                "Back to a place kept, people",
                "Returns from hospital to the place that was kept: the package is started again, by the same "
                "service and without a wait. No admission.",
            ),
            (
                "resourced",
                "resourced",
                "to",
                "Back to a new place, people",
                "Returns from hospital to a new place of the same service, for the old one was kept no "
                "longer: packages found anew. They count when they are admitted, among its admissions too.",
            ),
        )
    ),
    Measure(
        name="bridging_people",
        label="Bridging for want of home care, people",
        unit="people",
        definition="Mean number in reablement or intermediate care for want of home care (a service of kind "
        "domiciliary): ready and held there, or standing in.",
        source=OURS,
        top=delays.bridging_days,
        bottom=days,
        keys=("month", "service", "awaited", "groups"),
        headline=True,
    ),
    Measure(
        name="bridging_days",
        label="Bridging for want of home care, days",
        unit="person-days",
        definition="The same, as person-days of the window.",
        source=OURS,
        top=delays.bridging_days,
        keys=("month", "service", "awaited", "groups"),
    ),
    Measure(
        name="bridged_in_month",
        label="Bridged a month",
        unit="people a month",
        definition="Distinct people who in a month were in reablement or intermediate care for want of home "
        "care, as in bridging_people; mean over months. Over several pairs of services a person counts in "
        "each.",
        source=OURS,
        top=delays.bridged_people,
        bottom=months,
        keys=("month", "service", "awaited", "groups"),
    ),
    *(
        Measure(
            name=f"readmitted_{length}",
            label=f"Readmitted within {length} days, %",
            unit="% of those discharged",
            definition=f"Of those who left acute care alive, who were admitted to it again less than "
            f"{length} days later; only those whose {length} days end within the run.",
            source="NHS Outcomes Framework 3b, widened to all admissions",
            top=flow.outcome(f"readmitted_{length}", "people"),
            bottom=flow.outcome(f"readmitted_{length}", "of"),
            scale=100.0,
            keys=("month", "service", "groups"),
        )
        for length in (30, 91)
    ),
    Measure(
        name="home_91",
        label="At home 91 days after reablement, %",
        unit="% of those who left",
        definition="Of those who left reablement alive, who 91 days later were alive and in no hospital or "
        "care home; only those whose 91 days end within the run.",
        source=f"{ASCOF}, 2B(1)",
        top=flow.outcome("home_91", "people"),
        bottom=flow.outcome("home_91", "of"),
        scale=100.0,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="permanent_admissions_65",
        label="Care home admissions a year per 100,000 aged 65+",
        unit="admissions a year per 100,000 aged 65+",
        definition="People of 65 and over (by the group `age`) admitted to a residential or nursing place, "
        "wherever from but from another one, a year of 365.25 days, per 100,000 of the population of 65 and "
        "over. By service: the one that admits.",
        source=f"{ASCOF}, 2A(2)",
        top=flow.permanent_admissions_65,
        bottom=delays.people_years_65,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="cost_total",
        label="Cost of care",
        unit="pounds",
        definition="Cost of all services over the window. Held care (per_day, per_week, per_hour) is "
        "charged in every state, away as long as it is paid for; per_stay at admission; per_place_day for "
        "each place-day there was; "
        "per_year for each 365.25 days. A block is paid whether used or not, and held care only beyond "
        "min(held, block places), by month. What is paid for the service as a whole falls on payers in "
        "proportion to their place-days. A further line of a service (`also`, told as item NAME.per_week) is "
        "charged likewise, but for everybody held, block or not. An intervention is told as a service of its "
        "name: per_year for each 365.25 days it is paid for in the window, once in the month it begins; a "
        "group of staff likewise: per_post_year for each person in post and 365.25 days. Both "
        "belong to no group. Prices are of the year the scenario carries them to.",
        source=OURS,
        top=cost.cost_lines,
        keys=("month", "service", "payer", "item", "groups"),
        headline=True,
    ),
    Measure(
        name="over_budget",
        label="Cost over budget",
        unit="pounds",
        definition="Cost of what a budget is for (its payers, services, interventions and groups), less the "
        "budget: its amount over the days it is for, times the days of the window. Over several budgets "
        "these are added.",
        source=OURS,
        top=cost.over_budget,
        keys=("month", "budget"),
    ),
    Measure(
        name="cost_of_delay",
        label="Cost of delay",
        unit="pounds",
        definition="Cost of the time people were delayed at the place they held, in any service: its held "
        "care (per_day, per_week, per_hour) and per_delayed_day. Blocks make no difference: a delay takes "
        "a place from somebody else.",
        source=OURS,
        top=cost.cost_of_delay,
        keys=("month", "service", "payer", "item", "groups"),
        headline=True,
    ),
    Measure(
        name="cost_of_delay_net",
        label="Cost of delay less that of the care waited for",
        unit="pounds",
        definition="cost_of_delay less what the care waited for would have cost on those days: its "
        "mean price of held care a place-day, nothing where it held nobody.",
        source=OURS,
        top=cost.cost_of_delay_net,
        keys=("month", "service", "groups"),
        headline=True,
    ),
    Measure(
        name="cost_of_keeping",
        label="Cost of places kept",
        unit="pounds",
        definition="Cost of places kept for people in hospital: their held care (per_day, per_week, "
        "per_hour) as long as it is paid for (`away.pay`). Part of cost_total; blocks make no difference.",
        source=AWAY,
        top=cost.cost_of_keeping,
        keys=("month", "service", "payer", "item", "groups"),
    ),
    Measure(
        name="block_unused",
        label="Block places paid and not used",
        unit="places",
        definition="Block places paid and not used, mean: used is min(held, block places) at each instant.",
        source=OURS,
        top=cost.block_unused,
        keys=("service",),
    ),
)

_STAFF = (
    Measure(
        name="staff_in_post",
        label="Workers in post",
        unit="workers",
        definition="Mean number of workers in post, inductions included. Over several groups they are added.",
        source=WORKFORCE,
        top=staff.staff_days("in_post"),
        bottom=days,
        keys=("month", "staff"),
    ),
    Measure(
        name="staff_productive",
        label="Workers productive",
        unit="workers",
        definition="Mean number of workers in post whose induction is over. Sickness is not taken off.",
        source=OURS,
        top=staff.staff_days("productive"),
        bottom=days,
        keys=("month", "staff"),
    ),
    Measure(
        name="staff_vacancies",
        label="Posts vacant",
        unit="posts",
        definition="Mean number of posts nobody is in. Over several groups they are added.",
        source=WORKFORCE,
        top=staff.staff_days("vacant"),
        bottom=days,
        keys=("month", "staff"),
    ),
    Measure(
        name="staff_vacancy_rate",
        label="% of posts vacant",
        unit="% of posts",
        definition="Posts nobody is in, over posts, both as means over time.",
        source=WORKFORCE,
        top=staff.staff_days("vacant"),
        bottom=staff.staff_days("posts"),
        scale=100.0,
        keys=("month", "staff"),
    ),
    Measure(
        name="staff_turnover",
        label="Workers who left, % a year",
        unit="% a year",
        definition="Workers who left their group, for another one or for elsewhere, over the years of 365.25 "
        "days that workers were in post.",
        source=WORKFORCE,
        top=staff.staff_counted("leavers"),
        bottom=staff.staff_years,
        scale=100.0,
        keys=("month", "staff"),
    ),
    *(
        Measure(
            name=f"staff_{column}",
            label=label,
            unit="workers",
            definition=definition,
            source=OURS,
            top=staff.staff_counted(column),
            keys=("month", "staff"),
        )
        for column, label, definition in (
            ("joiners", "Workers who joined", "Workers who joined a group of staff."),
            ("leavers", "Workers who left", "Workers who left a group of staff."),
            (
                "leavers_to_groups",
                "Workers who left for another group",
                "Of these, workers who left for a post in another group.",
            ),
        )
    ),
)

_PROVIDERS = tuple(
    Measure(
        name=f"provider_{name}",
        label=label,
        unit=unit,
        definition=definition,
        source=OURS,
        top=top,
        bottom=bottom,
        scale=scale,
        keys=("month", "service", "provider"),
    )
    for name, label, unit, definition, top, bottom, scale in (
        (
            "capacity",
            "Capacity of providers",
            "places or hours per week",
            "What providers had, mean over time, places that are closed to admissions included.",
            providers.provider_days("capacity"),
            days,
            1.0,
        ),
        (
            "held",
            "People with a place of providers",
            "people",
            "Mean number of people who held a place of a provider, whatever their state.",
            providers.provider_days("held"),
            days,
            1.0,
        ),
        (
            "utilisation",
            "Providers used, % of capacity",
            "% of capacity",
            "What was held with providers over what they had, in hours where the service has hours.",
            providers.provider_days("used"),
            providers.provider_days("capacity"),
            100.0,
        ),
        (
            "full",
            "Providers full, % of time",
            "% of time",
            "Time without a free place (in hours: in which less than the mean amount is free); over several "
            "providers the mean of theirs.",
            providers.provider_days("full"),
            providers.each_day,
            100.0,
        ),
        (
            "admissions",
            "Admissions by providers",
            "people",
            "Admissions by providers in the window.",
            providers.provider_total("admissions"),
            None,
            1.0,
        ),
        (
            "closed_days",
            "Days providers were closed",
            "days",
            "Days on which a closure kept providers from admitting anybody, added over providers.",
            providers.provider_total("closed_days"),
            None,
            1.0,
        ),
    )
)

_STANDARDS = (
    Measure(
        name="within_standard",
        label="% in time",
        unit="% of those with whom it ended",
        definition="Of those with whom what a service's `standard` is about ended (of `wait` the wait, and "
        "so on), those in time. Giving up and being turned away are not in time; who died or was taken "
        "elsewhere counts only if the time was up.",
        source="caresim; for example continuing healthcare decisions within 28 days",
        top=flow.of_standard("within"),
        bottom=flow.of_standard("ended"),
        scale=100.0,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="over_standard",
        label="Not in time, people",
        unit="people",
        definition="People with whom it ended, and not in time.",
        source=OURS,
        top=flow.over_standard,
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="overdue",
        label="Overdue, people",
        unit="people",
        definition="People with whom it has not ended and whose time is up, at the end of a month; mean of "
        "the months (the last one cut by the window's end).",
        source=OURS,
        top=flow.of_standard("overdue"),
        bottom=months,
        keys=("month", "service", "groups"),
    ),
)

_DECLINE = (
    Measure(
        name="changed_need",
        label="Need changed by delay, people",
        unit="people",
        definition="People who went where they need to since delay changed it (`deconditioning`), by the "
        "service whose place they held; those who still wait for it are not in it.",
        source=OURS,
        top=flow.moved("changed_need", "from"),
        keys=("month", "service", "groups"),
    ),
)

_REVIEWED = ("month", "service", "outcome", "groups")
_REVIEWS = (
    Measure(
        name="reviews_done",
        label="Reviews done",
        unit="reviews",
        definition="Reviews of care under way that were done, by the service whose care it is.",
        source=OURS,
        top=reviews.reviews(reviews.DONE),
        keys=_REVIEWED,
    ),
    Measure(
        name="review_outcome_share",
        label="Reviews by outcome, %",
        unit="% of reviews done",
        definition="Of reviews done, those with an outcome; told by outcome, or restricted to one.",
        source=OURS,
        top=reviews.reviews(reviews.DONE),
        bottom=reviews.of_any_outcome,
        scale=100.0,
        keys=_REVIEWED,
    ),
    *(
        Measure(
            name=f"reviews_within_{weeks}_weeks",
            label=f"Reviews done in {weeks} weeks, %",
            unit="% of reviews",
            definition=f"Reviews done in less than {weeks} weeks from being due, of those done and those "
            "that are open at the end of the run and so late already.",
            source=OURS,
            top=reviews.done_within(weeks),
            bottom=reviews.done_or_overdue(weeks),
            scale=100.0,
            keys=("month", "service", "groups"),
        )
        for weeks in (2, 4, 12)
    ),
    Measure(
        name="review_days_late",
        label="Reviews late, mean days",
        unit="days",
        definition="From a review being due until it is done, mean of those done.",
        source=OURS,
        top=reviews.days_late,
        bottom=reviews.reviews(reviews.DONE),
        keys=_REVIEWED,
    ),
    Measure(
        name="reviews_overdue",
        label="Reviews overdue at the end",
        unit="reviews",
        definition="Reviews that are due and not done at the end of the run. Who is in hospital then has "
        "none.",
        source=OURS,
        top=reviews.reviews(reviews.OPEN),
        keys=("service", "groups"),
    ),
    Measure(
        name="reviews_missed",
        label="Reviews missed",
        unit="reviews",
        definition="Reviews that were due and were not done, because care ended, people died, or they went "
        "to hospital first (then the review is due again as they come back).",
        source=OURS,
        top=reviews.reviews(*reviews.MISSED),
        keys=("month", "service", "groups"),
    ),
    Measure(
        name="review_hours_freed",
        label="Hours a week freed by reviews",
        unit="hours per week",
        definition="Hours a week by which the packages reviewed in the window became smaller, all reviews "
        "together, less what others grew by; of care ended by a review the whole package. It says nothing of "
        "how long people would have had them, and the hours may be given to somebody else at once.",
        source=OURS,
        top=reviews.hours_freed,
        keys=_REVIEWED,
    ),
)

_HAPPENED = (
    Measure(
        name="episodes",
        label="Episodes",
        unit="episodes",
        definition="How often what happens at random began in the window. Over several events, and paths of "
        "`each`, they are added.",
        source=OURS,
        top=happened.happened("episodes"),
        keys=("month", "event", "each"),
    ),
    Measure(
        name="days_in_force",
        label="Days in force",
        unit="days",
        definition="Days of the window on which what happens at random held, however many episodes at once. "
        "Over several events, and paths of `each`, they are added.",
        source=OURS,
        top=happened.happened("days_in_force"),
        keys=("month", "event", "each"),
    ),
)

MEASURES = {
    measure.name: measure
    for measure in (*_ALL, *_STAFF, *_PROVIDERS, *_STANDARDS, *_DECLINE, *_REVIEWS, *_HAPPENED)
}
"""Name -> measure, in the order of the reference page."""

ALWAYS = ("dtoc_nights", "dtoc_people", "dtoc_rate", "dtoc_per_100k", "cost_total", "cost_of_delay")
"""Measures that every summary begins with."""


def headlines() -> list[str]:
    """Names of the measures that every summary shows: ALWAYS, then what else is a headline."""
    return list(dict.fromkeys([*ALWAYS, *(name for name, measure in MEASURES.items() if measure.headline)]))


def reference_markdown() -> str:
    """The reference page of all measures."""
    lines = ["# Measures", ""]
    lines += [
        "Made from `caresim/measures/catalogue.py`. Each is one figure per replication; `by` says what it "
        "can be told by or restricted to (*groups*: the attributes named in `groups:`).",
        "",
    ]
    for measure in MEASURES.values():
        lines += [
            f"## {measure.name}",
            "",
            f"{measure.label}. Unit: {measure.unit}.",
            "",
            measure.definition,
            "",
        ]
        by = ", ".join(f"*{key}*" if key == "groups" else f"`{key}`" for key in measure.keys)
        lines += [f"By: {by or 'nothing'}. Source: {measure.source}.", ""]
    return "\n".join(lines)
