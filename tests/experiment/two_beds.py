"""A system small enough to run many times in a test."""

from __future__ import annotations

TWO_BEDS = """\
caresim: 1
name: Two beds
time: {from: 2024-01-01, measure: 28 days}
replications: 4
seed: 7
population: {adults: 1000}
arrivals: {all: {to: ward, rate: 1 per day}}
services:
  ward: {kind: acute, places: 2, care_time: {exponential: 3 days}, next: team}
  team:
    kind: reablement
    places: 2
    care_time: {exponential: 3 days}
    next: home
    dtoc: {reason: C, responsible: nhs}
exits: {home: {}}
"""
