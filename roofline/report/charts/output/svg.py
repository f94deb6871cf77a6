"""Turn a matplotlib figure into files, and into an SVG that can stand inside a page."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from roofline.report.charts.drawing import palette
from roofline.report.charts.drawing.sheet import PAPER_GROUP, style
from roofline.report.charts.output.strokes import joined, shortened
from roofline.report.charts.spec import ATTAINABLE, LEGEND, MEASURED, PREDICTED, STREAMED

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_OPACITY = re.compile(r"opacity: ([\d.]+)")
_LIFTED = r"opacity: calc(var(--rl-lift, 1) * \1)"
_LAYER = re.compile(rf"({MEASURED}|{PREDICTED}|{STREAMED}|{ATTAINABLE}|{LEGEND})-")
_DEFAULTS = {
    ("stroke-linejoin", "round"),
    ("stroke-linecap", "butt"),
    ("stroke-width", "1"),
    ("fill-opacity", "1"),
    ("stroke-opacity", "1"),
    ("opacity", "1"),
    ("text-anchor", "start"),
}
_INHERITED = frozenset({"fill", "stroke", "stroke-width", "font-size", "text-anchor"})

ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)


def figure_svg(figure: Figure) -> bytes:
    """Write a figure as a small SVG file of its own, in light colours."""
    root = _tree(figure)
    root.attrib |= {"font-family": palette.FONTS, "stroke-linejoin": "round"}
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def figure_png(figure: Figure, pixels_per_point: float = 2.0) -> bytes:
    """Write a figure as a PNG file, without what only a page can show."""
    for artist in figure.findobj(_chosen_in_pages):
        artist.set_visible(False)
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=72 * pixels_per_point, metadata={"Software": None})
    return buffer.getvalue()


def _chosen_in_pages(artist: Artist) -> bool:
    return (artist.get_gid() or "").startswith(f"{STREAMED}-")


def file_svg(svg: bytes) -> bytes:
    """Leave out of an SVG what only a page can show, as of `figure_svg`."""
    layer = f"rl-{STREAMED}"
    if f'class="{layer}"'.encode() not in svg:
        return svg
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("class") == layer:
                parent.remove(child)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def inline_svg(
    svg: bytes,
    *,
    prefix: str,
    title: str,
    description: str,
    crop: tuple[float, float] = (0.0, 0.0),
    drop: Sequence[str] = (),
    kind: str = "wide",
) -> str:
    """Make an SVG file fit to stand inside a page, in the colours of its scheme.

    Args:
        svg: What `figure_svg` wrote.
        prefix: Goes in front of every id, so that a page can hold several drawings.
        title: Id of the element that names the drawing. It is none of the drawing's own, which
            browsers would show as a tooltip.
        description: Id of the element that describes it.
        crop: Points to cut off at the top and at the bottom.
        drop: Ids of groups to leave out.
        kind: Layout of the drawing, for the style sheet: ``wide`` or ``narrow``.

    Returns:
        One line of markup: an `svg` element.
    """
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    _drop(root, {PAPER_GROUP, *drop})
    _theme(root)
    _prefix(root, f"{prefix}-")
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    top, bottom = crop
    root.attrib = {
        "viewBox": f"0 {_short(top)} {_short(width)} {_short(height - top - bottom)}",
        "width": "100%",
        "class": f"rl-chart rl-chart--{kind}",
        "role": "img",
        "aria-labelledby": title,
        "aria-describedby": description,
        "font-family": "inherit",
        "stroke-linejoin": "round",
    }
    return ET.tostring(root, encoding="unicode").replace("\n", " ")


def _tree(figure: Figure) -> ET.Element:
    """Draw a figure and strip what matplotlib adds."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    root = ET.fromstring(buffer.getvalue())  # noqa: S314  # our own drawing
    for parent in list(root.iter()):
        for child in list(parent):
            name = _local(child)
            empty_defs = name == "defs" and all(_local(part) == "style" for part in child)
            if name == "metadata" or empty_defs:
                parent.remove(child)
    for element in root.iter():
        _shorten(element)
    used = Counter(_references(root))
    for parent in root.iter(f"{{{SVG}}}g"):
        _join_marks(parent, used)
        if layer := _LAYER.match(parent.get("id", "")):
            parent.set("class", f"rl-{layer[1]}")
    for path in root.iter(f"{{{SVG}}}path"):
        path.set("d", shortened(path.get("d", "")))
    for group in root.iter(f"{{{SVG}}}g"):
        _hoist(group)
    _forget(root)
    root.attrib.pop("version", None)
    return root


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _short(value: float) -> str:
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _shorten(element: ET.Element) -> None:
    """Round numbers, and drop white space, defaults and the layout's own font."""
    for holder in ("text", "tail"):
        text = getattr(element, holder)
        if text is not None and not text.strip():
            setattr(element, holder, None)
    for name in ("d", "x", "y", "width", "height", "transform", "viewBox", "points"):
        if name in element.attrib:
            text = _NUMBER.sub(lambda match: _short(float(match[0])), element.attrib[name])
            element.set(name, " ".join(text.split()))
    transform = element.attrib.get("transform", "")
    if transform.startswith(("rotate(0 ", "rotate(-0 ")):
        del element.attrib["transform"]
    declared = _style(element)
    if declared:
        _restyle(element, {k: v for k, v in declared.items() if k != "font-family"})


def _style(element: ET.Element) -> dict[str, str]:
    declarations = element.attrib.get("style", "").split(";")
    pairs = (declaration.partition(":")[::2] for declaration in declarations if declaration)
    declared = {name.strip(): value.strip() for name, value in pairs}
    return {name: value for name, value in declared.items() if (name, value) not in _DEFAULTS}


def _restyle(element: ET.Element, style: dict[str, str]) -> None:
    if style:
        element.set("style", "; ".join(f"{name}: {value}" for name, value in style.items()))
    else:
        element.attrib.pop("style", None)


def _hoist(group: ET.Element) -> None:
    """Give a group the declarations that all its children share."""
    children = list(group)
    if len(children) < 2 or "style" in group.attrib:  # noqa: PLR2004  # nothing to share
        return
    children = [child for child in children if _local(child) != "defs"]
    styles = [_style(child) for child in children]
    if len(styles) < 2:  # noqa: PLR2004  # as above
        return
    shared = {
        name: value
        for name, value in styles[0].items()
        if name in _INHERITED and all(style.get(name) == value for style in styles)
    }
    if shared:
        _restyle(group, shared)
        for child, style in zip(children, styles, strict=True):
            _restyle(child, {k: v for k, v in style.items() if k not in shared})


def _join_marks(group: ET.Element, used: Mapping[str, int]) -> None:
    """Draw marks made of straight strokes as one path; others may refer to the mark."""
    if [_local(child) for child in group] != ["defs", "g"] or len(group[0]) != 1:
        return
    mark, uses = group[0][0], list(group[1])
    places = [(float(use.get("x", "0")), float(use.get("y", "0"))) for use in uses]
    if len({use.get("style", "") for use in uses}) != 1 or len(uses) == 1:
        return
    path = joined(mark.get("d", ""), places)
    if path is None:
        return
    style = {k: v for k, v in _style(uses[0]).items() if not k.startswith("fill")}
    element = ET.Element(f"{{{SVG}}}path", {"d": path})
    _restyle(element, {"fill": "none"} | style)
    shared = used[mark.get("id", "")] > len(uses)
    group[:] = [group[0], element] if shared else [element]


def _references(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == f"{{{XLINK}}}href":
                yield value.removeprefix("#")
            yield from _REFERENCE.findall(value)


def _forget(root: ET.Element) -> None:
    """Drop matplotlib's numbered ids that nothing refers to, and number the rest."""
    used = dict.fromkeys(_references(root))
    names = {name: f"m{position}" for position, name in enumerate(used)}
    for element in root.iter():
        own = element.attrib.get("id", "")
        if own in names:
            element.set("id", names[own])
        elif re.fullmatch(r".*_\d+", own):
            del element.attrib["id"]
    _refer(root, lambda name: names.get(name, name))


def _refer(root: ET.Element, rename: Callable[[str], str]) -> None:
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == f"{{{XLINK}}}href":
                element.set(name, "#" + rename(value.removeprefix("#")))
            elif "url(#" in value:
                element.set(name, _REFERENCE.sub(lambda match: f"url(#{rename(match[1])})", value))


def _prefix(root: ET.Element, prefix: str) -> None:
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", prefix + element.attrib["id"])
    _refer(root, lambda name: prefix + name)


def _drop(root: ET.Element, names: set[str]) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.attrib.get("id") in names:
                parent.remove(child)


def _theme(root: ET.Element) -> None:
    """Write the colours of roles as CSS variables, and let the page lift the layer behind."""
    for element in root.iter():
        if "style" in element.attrib:
            style = _COLOUR.sub(lambda match: palette.themed(match[0]), element.attrib["style"])
            element.set("style", style)
    for element in root.iterfind(f".//*[@class='rl-{ATTAINABLE}']//*[@style]"):
        element.set("style", _OPACITY.sub(_LIFTED, element.attrib["style"]))
