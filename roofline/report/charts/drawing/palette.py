"""Colours of the charts: one role, one pair of colours, for every chart and scheme.

Drawings use the light colour of a role. An inlined drawing names the role instead, as a
CSS variable, so that the page's scheme decides.
"""

from dataclasses import dataclass
from typing import Final

from roofline.report.charts.spec import Role

PAPER: Final = "paper"

ROLES: Final[dict[str, tuple[str, str]]] = {
    # Series of the reference chart, in the order of its legend. The lightness differs as
    # much as the hue, so that readers who confuse hues can tell them apart.
    "qkv-mlp-init": ("#4777cd", "#4679d9"),
    "qkv-mlp-ar": ("#df6e03", "#ffa21d"),
    "up-gate-down-init": ("#24a574", "#89e9b2"),
    "up-gate-down-ar": ("#bc0430", "#e66b72"),
    "qk-pv-init": ("#7c2f98", "#ba9bf8"),
    "qk-pv-ar": ("#572000", "#ad681f"),
    # Series that the reference chart leaves out.
    "other-1": ("#5f7380", "#93a7b3"),
    "other-2": ("#a08a3c", "#cdb96e"),
    "other-3": ("#8d97a0", "#66727b"),
    # The two ceilings, and the sides of the ridge.
    "memory": ("#0b6173", "#6fc4d6"),
    "compute": ("#a8431a", "#f29b72"),
    # What a card can hold.
    "fits": ("#0b6174", "#6fc4d7"),
    "prefill-limit": ("#a8431b", "#f29b73"),
    "too-large": ("#56626b", "#a0acb5"),
    # Everything else.
    "ink": ("#1a2126", "#e2e7ea"),
    "muted": ("#56626a", "#a0acb4"),
    "rule": ("#87929a", "#6c7981"),
    "grid": ("#d3d9dc", "#39444b"),
    PAPER: ("#ffffff", "#14191c"),
}

NAMES: Final[dict[str, str]] = {
    "qkv-mlp-init": "blue",
    "qkv-mlp-ar": "orange",
    "up-gate-down-init": "green",
    "up-gate-down-ar": "red",
    "qk-pv-init": "purple",
    "qk-pv-ar": "brown",
}
"""What readers call the colours of series; the operator table chooses by these names."""
SHARED: Final = {"other-1": "slate", "other-2": "khaki", "other-3": "grey"}
"""What readers call the colours that series without one of their own share."""
CEILINGS: Final = {"memory": "teal", "compute": "rust"}
"""What readers call the colours of the two ceilings."""

FONTS: Final = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif"
)
"""Fonts of charts; each is at most as wide as the one that lays them out."""

MARK: Final = "x"
"""Mark of a point."""
MARK_AREA: Final = 50.0
"""Area of a point's mark, a square around it; the same for all series [point²]."""
MEASURED_MARK: Final = "o"
"""Mark of a measured point."""

QUIET: Final = 0.3
"""Opacity of the attainable points where the predicted ones lie over them."""


@dataclass(frozen=True, slots=True)
class Size:
    """How broad what is drawn of a series is."""

    stroke: float
    """Of a mark [point]."""
    line: float
    """Width of a curve [point]."""


SIZES: Final[dict[str | None, Size]] = {
    None: Size(stroke=0.9, line=1.6),
    "broad": Size(stroke=2.8, line=3.6),
    "slim": Size(stroke=1.4, line=1.6),
}
"""Sizes by name; None is the usual one.

Points of different series nearly coincide, and so do curves. Broad ones lie at the bottom and
thin ones on top, so that all of them show; the stroke tells families of operators apart.
"""

_FIGURES: Final = """\
.rl-chart {
  display: block;
  width: 100%;
  height: auto;
}

svg.rl-chart.rl-chart.rl-chart--narrow {
  display: none;
  max-width: 30rem;
}

@media (max-width: 40em) {
  svg.rl-chart.rl-chart.rl-chart--wide {
    display: none;
  }

  svg.rl-chart.rl-chart.rl-chart--narrow {
    display: block;
  }
}
"""

ALL: Final = "all"
ALONE: Final = "alone"
"""Names of the views of a chart that show all of its layers, and the last one."""

_LAYERS: Final = f"""
.rl-figure:has(.rl-layers__{ALONE}:checked) {{
  --rl-lift: {1 / QUIET:.4g};
}}

.rl-view:not(.rl-view--{ALL}),
.rl-figure:not(:has(.rl-layers__streamed:checked)) .rl-streamed,
.rl-figure:has(.rl-layers__{ALONE}:checked)
  :is(.rl-predicted, .rl-measured, .rl-legend, .rl-view--{ALL}),
.rl-figure:has(.rl-layers__streamed:checked) :is(.rl-predicted, .rl-measured, .rl-view--{ALL}),
.rl-figure:has(.rl-layers__measured:checked) :is(.rl-predicted, .rl-view--{ALL}) {{
  display: none;
}}

.rl-figure:has(.rl-layers__{ALONE}:checked) .rl-view--{ALONE},
.rl-figure:has(.rl-layers__streamed:checked) .rl-view--streamed,
.rl-figure:has(.rl-layers__measured:checked) .rl-view--measured {{
  display: inline;
}}
"""


def light(role: str) -> str:
    """Colour of a role on light paper.

    Raises:
        KeyError: There is no such role.
    """
    return ROLES[role][0]


_BY_LIGHT: Final = {light: role for role, (light, _) in ROLES.items()}


_BY_NAME: Final = {name: role for role, name in NAMES.items()}


def series_colour(role: Role) -> str:
    """Choose the light colour of a series.

    Raises:
        KeyError: The palette has no colour of this name.
    """
    return light(_BY_NAME.get(role.colour, role.colour))


def colour_name(colour: str) -> str:
    """Name a light colour as readers would.

    Raises:
        KeyError: It is neither a series' nor a ceiling's.
    """
    return (NAMES | SHARED | CEILINGS)[_BY_LIGHT[colour]]


def series_size(role: Role) -> Size:
    """Choose the size of what is drawn of a series.

    Raises:
        KeyError: The palette has no size of this name.
    """
    return SIZES[role.size]


def themed(colour: str) -> str:
    """Write a colour as a CSS variable with the colour as its fallback.

    Args:
        colour: Light colour of a role, as ``#rrggbb``; any other stays as it is.
    """
    role = _BY_LIGHT.get(colour)
    if role is None:
        return colour
    if role == PAPER:
        return f"var(--md-default-bg-color, {colour})"
    return f"var(--rl-{role}, {colour})"


def stylesheet() -> str:
    """Style sheet that gives the charts on a page their colours and their layout.

    Dark colours are for screens alone, so that paper always gets the light ones.
    """
    return "\n".join(
        (
            "/* Colours and layout of the charts. */\n",
            _properties("[data-md-color-scheme],\n:root", 0),
            "@media screen {",
            _properties('  [data-md-color-scheme="slate"]', 1).rstrip("\n"),
            "}\n",
            _FIGURES + _LAYERS,
        )
    )


def _properties(selector: str, scheme: int) -> str:
    indent = " " * (len(selector) - len(selector.lstrip()))
    lines = (
        f"{indent}  --rl-{role}: {colours[scheme]};"
        for role, colours in ROLES.items()
        if role != PAPER
    )
    return "\n".join((f"{selector} {{", *lines, f"{indent}}}\n"))
