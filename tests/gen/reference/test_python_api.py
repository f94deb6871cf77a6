"""The page on the Python API is complete, and its program runs."""

import importlib

import roofline
from gen.reference.python_api import PROGRAM, ROOMS, dotted, output, program


def test_every_public_name_is_in_one_room() -> None:
    names = [name for room in ROOMS for name in room.names]
    assert len(names) == len(set(names))
    assert set(names) == set(roofline.__all__) - {"__version__"}


def test_every_path_leads_to_its_name() -> None:
    for room in ROOMS:
        for name in room.names:
            module, _, last = dotted(name).rpartition(".")
            assert getattr(importlib.import_module(module), last) is getattr(roofline, name)


def test_the_program_prints_the_ridge_first() -> None:
    """312e12 / 1.935e12 = 161.2403."""
    assert PROGRAM.splitlines()[0] in program()
    assert output().splitlines()[1].startswith("161.2403")
