from __future__ import annotations

from caresim.scenario.files import load_scenario
from caresim.scenario.systems import shipped_systems, systems_folder


def test_every_shipped_system_is_known_by_the_name_of_its_file_and_can_be_read() -> None:
    systems = shipped_systems()
    assert {"one_ward", "county", "cambridgeshire"} <= set(systems)
    assert sorted(systems) == sorted(path.stem for path in systems_folder().glob("*.yaml"))
    for path in systems.values():
        assert load_scenario(path).services
