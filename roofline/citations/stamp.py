"""The one format in which documents cite findings: written here, and read back here.

A citation is a link to a finding's permanent address, with a stamp beside it that names
the finding, the version and the numbers as quoted::

    [roofline llama-33b-a100-80gb-pcie/decode-attention@1.0 intensity=0.992 FLOP/Byte]

Whatever is written here reads back as it was, from Markdown, HTML and plain text alike;
`roofline.citations.scan` finds it in documents.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from roofline.citations.site_address import VERSION
from roofline.errors import as_written
from roofline.findings.finding import Finding, FindingBound, Number

MOST_NUMBERS = 40
"""No stamp quotes more."""

_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_HEAD = re.compile(rf"(?P<study>{_NAME})/(?P<slug>{_NAME})@(?P<version>{VERSION.pattern})")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,60}")
# No mark that Markdown, HTML or the stamp itself gives a meaning to.
_WORD = r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"'<>&\[\]`*\\=;|~]+"
_TEXT = re.compile(rf"{_WORD}(?: {_WORD})*")
_MOST_OF_A_TEXT = 60
_BRACKETS = re.compile(r"([\\`*_\[\]])")
# By references, since not every Markdown lets a backslash stand before them.
_MARKS = re.compile(r"[<>&~|$]")
_NUMERAL_EDGE = r"[0-9A-Za-z.,]"
_BOUNDS: dict[FindingBound, str] = {
    "memory": "memory-bound",
    "compute": "compute-bound",
    "overhead": "overhead-bound",
    "capacity": "memory capacity",
    "both": "memory- and compute-bound",
    "none": "no bound",
}
_MOST_SERIES_ON_A_BADGE = 2
LATEST = "latest"
"""The version to which an address without one leads."""
LIST = "list"
"""Name of the page beside the findings that lists them all; no finding has it."""
BADGE = "badge.svg"
"""Name of a finding's badge, beside its page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """What a document says about a finding."""

    study: str
    slug: str
    version: str
    numbers: tuple[tuple[str, str], ...] = ()
    """Key and text of each number as quoted; none for a link without a stamp."""

    @property
    def name(self) -> str:
        """Study, finding and version, as the stamp writes them."""
        return f"{self.study}/{self.slug}@{self.version}"

    @property
    def stamp(self) -> str:
        """The stamp, which reads the same in Markdown, HTML and plain text.

        Raises:
            ValueError: A part could not be read back.
        """
        numbers = "; ".join(f"{key}={text}" for key, text in self.numbers)
        stamp = f"[roofline {self.name} {numbers}]"
        if parse_stamp(stamp) != self:
            raise ValueError(f"{stamp}: cannot be read back")
        return stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippets:
    """A citation, ready to paste."""

    markdown: str
    html: str
    text: str
    badge: str
    """Markdown."""
    badge_html: str


def permalink(study: str, slug: str, version: str, site_url: str) -> str:
    """Permanent address of a finding's page, with a slash at its end."""
    return f"{site_url}{version}/studies/{study}/findings/{slug}/"


def address_pattern(site_url: str) -> re.Pattern[str]:
    """Match the addresses of findings: of their pages and files, of any version or none."""
    return re.compile(
        rf"https?://{re.escape(site_url.partition('://')[2])}"
        rf"(?:(?P<version>{VERSION.pattern})/)?studies/(?P<study>[A-Za-z0-9_-]{{1,100}})"
        rf"/findings/(?!{LIST}(?![A-Za-z0-9_-]))(?P<slug>[A-Za-z0-9_-]{{1,100}})"
        rf"(?![A-Za-z0-9_.-])(?P<badge>/{re.escape(BADGE)})?",
        re.IGNORECASE,
    )


def citation(finding: Finding, study: str, version: str) -> Citation:
    """Cite a finding: its headline, and every other number that its claim states."""
    return Citation(
        study=study,
        slug=finding.slug,
        version=version,
        numbers=tuple((number.key, number.text) for number in _quoted(finding)),
    )


def _quoted(finding: Finding) -> Iterator[Number]:
    yield finding.headline
    for number in finding.numbers[1:MOST_NUMBERS]:
        alone = rf"(?<!{_NUMERAL_EDGE}){re.escape(number.figure)}(?![0-9A-Za-z%]|[.,][0-9])"
        if re.search(alone, finding.claim):
            yield number


def cite(finding: Finding, study: str, version: str, site_url: str) -> Snippets:
    """Write a citation in every language that documents are written in.

    Args:
        finding: What to cite.
        study: Identifier of its study.
        version: The version whose page the reader shall see, such as ``1.0``.
        site_url: Address of the site, with a slash at its end.

    Raises:
        ValueError: A number or a name holds a mark that no stamp can carry.
    """
    link = permalink(study, finding.slug, version, site_url)
    stamp = citation(finding, study, version).stamp
    badge, label = f"{link}{BADGE}", badge_label(finding)
    anchor = f'<a href="{html.escape(link)}" title="{html.escape(stamp)}">'
    image = f'<img src="{html.escape(badge)}" alt="{html.escape(label)}">'
    return Snippets(
        markdown=f'[{_markdown(finding.claim)}]({link} "{stamp}")',
        html=f"{anchor}{html.escape(finding.claim, quote=False)}</a>",
        text=f"{finding.claim}. {stamp} {link}",
        badge=f'[![{_markdown(label)}]({badge})]({link} "{stamp}")',
        badge_html=f"{anchor}{image}</a>",
    )


def link_forms(title: str, address: str, image: str = "") -> tuple[str, str, str]:
    """Write a link without a stamp, in Markdown, HTML and plain text.

    Args:
        title: What the link says.
        address: Where it leads.
        image: Address of a picture that Markdown shows in place of the title, if any.
    """
    shown = f"![{_markdown(title)}]({image})" if image else _markdown(title)
    anchor = f'<a href="{html.escape(address)}">{html.escape(title, quote=False)}</a>'
    return f"[{shown}]({address})", anchor, f"{title}: {address}"


def badge_label(finding: Finding) -> str:
    """What a badge says: series and phase, bound, and the headline as the page shows it."""
    series = " and ".join(finding.series)
    if len(finding.series) > _MOST_SERIES_ON_A_BADGE:
        series = "all series"
    if len(finding.phases) == 1:
        series = f"{series} {finding.phases[0]}"
    subject = series if finding.series else finding.slug.replace("-", " ")
    bound = () if finding.bound == "none" else (bound_name(finding.bound),)
    return " · ".join((subject, *bound, finding.headline.text))


def bound_name(bound: FindingBound) -> str:
    """What limits the operators of a finding, in words."""
    return _BOUNDS[bound]


def _markdown(text: str) -> str:
    """Escape what Markdown, and GitHub's and GitLab's additions, give a meaning to."""
    text = _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text)
    return _BRACKETS.sub(r"\\\1", text)


def parse_stamp(text: str) -> Citation:
    """Read one stamp.

    Args:
        text: From bracket to bracket, with single spaces.

    Raises:
        ValueError: It is no stamp; the message says what is wrong.
    """
    head, _, tail = text.removeprefix("[roofline ").removesuffix("]").partition(" ")
    named = _HEAD.fullmatch(head)
    if named is None:
        raise ValueError(f"expected study/finding@version, got {as_written(head)}")
    pairs = [pair.strip().partition("=") for pair in tail.rstrip("; ").split(";")]
    numbers = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    if len(numbers) > MOST_NUMBERS:
        raise ValueError(f"expected at most {MOST_NUMBERS} numbers, got {len(numbers):,}")
    for (key, value), (_, mark, _) in zip(numbers, pairs, strict=True):
        if not mark or not _KEY.fullmatch(key):
            raise ValueError(f"expected key=number, got {as_written(key + mark + value)}")
        if len(value) > _MOST_OF_A_TEXT or not _TEXT.fullmatch(value):
            raise ValueError(f"{key}: expected a number and a unit, got {as_written(value)}")
    keys = [key for key, _ in numbers]
    repeated = [key for key in sorted(keys) if keys.count(key) > 1]
    if repeated:
        raise ValueError(f"expected every key once, got {repeated[0]} more than once")
    return Citation(**named.groupdict(), numbers=numbers)
