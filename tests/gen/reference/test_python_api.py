"""The page on the Python API is complete, and its program runs."""

import roofline
from gen.addresses.ledger import fragment_of, load_ledger, page_of
from gen.reference.python_api import PROGRAM, ROOMS, output, program, public_path

PAGE = "/reference/api/"


def test_every_public_name_is_in_one_room() -> None:
    names = [name for room in ROOMS for name in room.names]
    assert len(names) == len(set(names))
    assert set(names) == set(roofline.__all__) - {"__version__"}


def test_a_name_has_the_path_by_which_programs_import_it() -> None:
    """Whichever module defines it, so that no move changes an address."""
    assert public_path("Accelerator") == "roofline.Accelerator"
    assert roofline.Accelerator.__module__ == "roofline.catalog.accelerator"


def test_every_address_that_the_page_ever_had_leads_to_a_public_name() -> None:
    """Also those by the modules of before, and of names that were called otherwise."""
    ledger = load_ledger()
    addresses = {address for address in ledger.addresses if address.startswith(f"{PAGE}#roofline.")}
    targets = {address: ledger.redirects.get(address) for address in addresses}
    places = {address: new.to if new else address for address, new in targets.items()}
    strays = {
        address: place
        for address, place in places.items()
        if page_of(place) != PAGE or fragment_of(place).split(".")[1] not in roofline.__all__
    }
    assert len(addresses) > 100
    assert not strays


def test_the_program_prints_the_ridge_first() -> None:
    """312e12 / 1.935e12 = 161.2403; at batch 256 projections are compute-bound."""
    assert PROGRAM.splitlines()[0] in program()
    lines = output().splitlines()
    assert lines[1].startswith("161.2403")
    assert lines[3] == "[False False  True]"
