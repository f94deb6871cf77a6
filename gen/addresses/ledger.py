"""The ledger of published addresses: what a build must still have, or forward.

An address is the path below a version: ``/learn/ridge/`` is a page, ``/learn/ridge/#rule`` a
place in it, ``/studies/mine/points.json`` a file. ``ledger/addresses.txt`` has every one that was
ever published; ``ledger/redirects.yml`` says, by hand, where those lead that have moved.

Run as ``python -m gen.addresses.ledger SITE`` to add what a built site has; nothing ever removes
an address.
"""

import difflib
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field

from gen import REPOSITORY
from roofline.errors import InputError
from roofline.files.text import read_text, write_file
from roofline.files.validation import validate
from roofline.files.yaml import parse_yaml

FOLDER = REPOSITORY / "ledger"
ADDRESSES = "ledger/addresses.txt"
REDIRECTS = "ledger/redirects.yml"
INDEX = "index.html"

_HEAD = """\
# Every address that has been published, below its version. A build that lacks one fails, unless
# redirects.yml says where it leads. `make ledger` adds new ones; nobody removes any.
"""

_NAMED = (
    "//article//*[@id != '']"
    "[not(ancestor-or-self::svg or self::tr or self::input[not(@type='radio')])]"
)
"""Elements of a page that have a name, but for those of drawings and the rows of tables.

A row is named after its setting or its key, and is there as long as its study or its file has
that; its table keeps its address. A radio button is the name of a tab.
"""
_CONTROLS = frozenset(
    {"button", "datalist", "dialog", "form", "label", "output", "script", "select"}
    | {"style", "template", "textarea"}
)
_TITLE = "h1"
"""Its id changes with the page's title, and a link to it leads to the top of the page anyway."""
_INTERNAL = ("__", "rl-", "fn:", "fnref:")
"""Ids of the theme, of scripts, and of footnotes, which are numbered anew by every edit."""
_NOT_PAGES = frozenset({"404.html", "sitemap.xml", "sitemap.xml.gz"})
_NOT_DATA = ("assets/", "search/")
"""Folders whose files belong to one build: their names carry hashes, pages alone ask for them."""


class Redirect(BaseModel):
    """Where an address leads that has moved."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    to: Annotated[str, Field(pattern=r"^/[^#\s]*(#\S+)?$")]
    """An address of the present site."""
    since: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    """The first release in which it leads there."""


class _File(BaseModel):
    """Format of the file of redirects."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    redirects: dict[str, Redirect]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What has been published, and where some of it has moved."""

    addresses: frozenset[str]
    redirects: Mapping[str, Redirect]


def page_of(address: str) -> str:
    """Page or file of an address, without the place in it."""
    return address.partition("#")[0]


def fragment_of(address: str) -> str:
    """Place in the page; empty for the page itself."""
    return address.partition("#")[2]


def is_page(address: str) -> bool:
    """Whether an address is a page's or a place's, not a file's."""
    return page_of(address).endswith("/")


def file_of(address: str) -> str:
    """Path of an address's file in a built site."""
    path = page_of(address).removeprefix("/")
    return f"{path}{INDEX}" if is_page(address) else path


def load_ledger(folder: Path = FOLDER) -> Ledger:
    """Read the ledger; a folder without its files has an empty one.

    Raises:
        InputError: The file of redirects breaks its format.
    """
    written, moved = (folder / PurePosixPath(name).name for name in (ADDRESSES, REDIRECTS))
    lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
    addresses = frozenset(line.strip() for line in lines if line.strip() and line[0] != "#")
    redirects = _redirects(read_text(moved, REDIRECTS)) if moved.exists() else {}
    return Ledger(addresses=addresses, redirects=redirects)


@cache  # a preview asks at every edit
def _redirects(text: str) -> Mapping[str, Redirect]:
    return validate(_File, parse_yaml(text, REDIRECTS)).redirects


def ledger_text(addresses: Iterable[str]) -> str:
    """Text of the file of addresses."""
    return _HEAD + "".join(f"{address}\n" for address in sorted(addresses))


@lru_cache(maxsize=1_000)  # a preview asks for all pages at every edit
def read_page(page: str) -> tuple[str, ...] | None:
    """Read the places of a page that a link can name: headings, charts, tables and their like.

    Args:
        page: The page's HTML.

    Returns:
        Their names; None for a page that only forwards.
    """
    # Not BeautifulSoup, which takes twenty times as long for the pages of the site.
    root = etree.HTML(page)
    if any(meta.get("http-equiv", "").lower() == "refresh" for meta in root.iterfind("head//meta")):
        return None
    return tuple(
        name
        for element in root.xpath(_NAMED)
        if element.tag not in _CONTROLS | {_TITLE}
        and not (name := element.get("id")).startswith(_INTERNAL)
    )


def read_site(root: Path) -> frozenset[str]:
    """Read every address off a built site; pages that only forward have none.

    Args:
        root: Folder of the built site.
    """
    addresses = set()
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name in _NOT_PAGES or name.startswith(_NOT_DATA):
            continue
        if path.name != INDEX:
            addresses.add(f"/{name}")
        elif (places := read_page(path.read_text(encoding="utf-8"))) is not None:
            page = f"/{name.removesuffix(INDEX)}"
            addresses.update([page, *(f"{page}#{place}" for place in places)])
    return frozenset(addresses)


def unrecorded(ledger: Ledger, built: Collection[str]) -> list[str]:
    """Addresses of a build that the ledger has not yet, in order."""
    return sorted(set(built) - ledger.addresses - ledger.redirects.keys())


def complaint(ledger: Ledger, built: frozenset[str], since: str) -> str:
    """Say all that is wrong between the ledger and a build.

    Args:
        ledger: What has been published.
        built: Addresses of the build, as `read_site` finds them.
        since: The release that comes next, for the redirects that are proposed.

    Returns:
        What is wrong and what to do about it; empty when nothing is.
    """
    lines = list(_broken_redirects(ledger, built))
    if lines:
        lines = [f"{REDIRECTS}:", *(f"  {line}" for line in lines)]
    missing = {
        address: reason
        for address in sorted(ledger.addresses - built - ledger.redirects.keys())
        if (reason := _fate(address, ledger, built))
    }
    if missing:
        many = f"{len(missing):,} published addresses are"
        count = "1 published address is" if len(missing) == 1 else many
        lines += [
            f"{ADDRESSES}: {count} missing from this build",
            *(f"  {address}: {reason}" for address, reason in missing.items()),
            "A published address never dies: bring it back, or say where it leads now, in",
            f"{REDIRECTS}, under `redirects:`, such as",
            *_proposal(next(iter(missing)), built, since),
        ]
    return "\n".join(lines)


def _fate(address: str, ledger: Ledger, built: frozenset[str]) -> str:
    """Why an address is missing, and what is near; empty if its page's redirect covers it."""
    page, fragment = page_of(address), fragment_of(address)
    if not fragment:
        near = nearest(address, built)
        return f"nearest is {near}" if near else "nothing is near"
    if page in built:
        near = nearest(address, built)
        return f"the page has no such place{f'; nearest is {near}' if near else ''}"
    if page not in ledger.redirects:
        return "its page is missing"
    target = ledger.redirects[page].to
    if f"{target}#{fragment}" in built:
        return ""
    return f"its page leads to {target} now, which has no #{fragment}"


def nearest(address: str, built: Collection[str]) -> str | None:
    """The address of a build that is most like another one, and of its kind."""
    page, fragment = page_of(address), fragment_of(address)
    if fragment:
        places = [fragment_of(place) for place in built if page_of(place) == page != place]
        # Renamed in its page, or moved to another page.
        near = difflib.get_close_matches(fragment, places, n=1)
        if near:
            return f"{page}#{near[0]}"
        pages = [page_of(place) for place in built if fragment_of(place) == fragment]
        near = difflib.get_close_matches(page, pages, n=1, cutoff=0.0)
        return f"{near[0]}#{fragment}" if near else None
    kind = [
        other
        for other in built
        if "#" not in other and is_page(other) == is_page(page) and _suffix(other) == _suffix(page)
    ]
    same_name = [other for other in kind if PurePosixPath(other).name == PurePosixPath(page).name]
    near = difflib.get_close_matches(page, same_name or kind, n=1)
    return near[0] if near else None


def _proposal(address: str, built: frozenset[str], since: str) -> list[str]:
    target = nearest(address, built) or "/the/new/address/"
    return [f"  {address}:", f"    to: {target}", f'    since: "{since}"']


def _broken_redirects(ledger: Ledger, built: frozenset[str]) -> Iterator[str]:
    for old, redirect in ledger.redirects.items():
        if broken := _broken(old, redirect.to, ledger, built):
            yield f"{old}: {broken}"


def _broken(old: str, new: str, ledger: Ledger, built: frozenset[str]) -> str:
    """What is wrong with one redirect; empty when nothing is."""
    if old in built:
        return (
            "an address of this build again. An address keeps its meaning: give what is new "
            "another one, or drop the redirect if the same content is back"
        )
    if old not in ledger.addresses:
        near = nearest(old, ledger.addresses)
        return f"was never published{f'; did you mean {near}?' if near else ''}"
    if new in ledger.redirects:
        return f"leads to {new}, which has moved too; write {ledger.redirects[new].to}"
    if new not in built:
        near = nearest(new, built)
        return f"leads to {new}, which is not there{f'; did you mean {near}?' if near else ''}"
    same_kind = is_page(old) == is_page(new) and (is_page(old) or _suffix(old) == _suffix(new))
    if not same_kind:
        return f"leads to {new}; a page leads to a page, a file to a file of its format"
    return ""


def _suffix(address: str) -> str:
    """Format of a file, by the end of its name."""
    return PurePosixPath(address).suffix


def main(arguments: list[str], say: Callable[[str], object] = print) -> int:
    """Add to the ledger what a built site has; return the exit status."""
    if len(arguments) != 1 or not (Path(arguments[0]) / INDEX).is_file():
        say("usage: python -m gen.addresses.ledger SITE (the folder of a built site)")
        return 2
    try:
        ledger = load_ledger(FOLDER)
        added = unrecorded(ledger, read_site(Path(arguments[0])))
        text = ledger_text({*ledger.addresses, *added})
        write_file(FOLDER / PurePosixPath(ADDRESSES).name, text.encode(), ADDRESSES)
    except InputError as error:
        say(f"error: {error}")
        return 1
    say(f"{ADDRESSES}: {len(added):,} added, {len(ledger.addresses) + len(added):,} in all")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
