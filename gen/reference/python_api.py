"""What the page on the Python API shows: every public name by room, and a program that runs."""

import contextlib
import io
from dataclasses import dataclass

from markupsafe import Markup

import roofline


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A part of the model, as the page presents it."""

    title: str
    anchor: str
    about: str
    names: tuple[str, ...]


ROOMS = (
    Room(
        title="Studies",
        anchor="studies",
        about="A model on an accelerator over a grid of settings, read from a file.",
        names=("load_study", "Study"),
    ),
    Room(
        title="Steps",
        anchor="steps",
        about="A whole decode step or prefill, by operator.",
        names=("budget", "Budget", "decode_ceiling"),
    ),
    Room(
        title="Predictions",
        anchor="predictions",
        about="What kernels and steps are expected to take, where the card is calibrated.",
        names=(
            "predict_series",
            "SeriesPrediction",
            "predict_step",
            "StepPrediction",
            "load_calibration",
            "Calibration",
        ),
    ),
    Room(
        title="Device memory",
        anchor="memory",
        about="What the card's memory must hold.",
        names=("capacity", "Capacity"),
    ),
    Room(
        title="Work, traffic, intensity",
        anchor="intensity",
        about="A series at many settings at once, with its attainable rate and its bound.",
        names=("evaluate", "Grid", "Points", "Deployment"),
    ),
    Room(
        title="The two ceilings",
        anchor="roofline",
        about="Peak, bandwidth and the ridge where they meet.",
        names=("Roof",),
    ),
    Room(
        title="The operator table",
        anchor="table",
        about="Every matrix product of the forward pass, as data.",
        names=("load_operators", "Operators"),
    ),
    Room(
        title="Catalogue",
        anchor="catalogue",
        about="Published numbers of models and accelerators, each with its source.",
        names=("load_accelerator", "Accelerator", "load_transformer", "Transformer"),
    ),
    Room(
        title="Errors",
        anchor="errors",
        about="One error for bad input, with all of its problems.",
        names=("InputError",),
    ),
)
PROGRAM = """\
from roofline import Grid, evaluate, load_study

deployment = load_study().deployment
points = evaluate(deployment, "qkv mlp", "ar", Grid([1, 64, 256], 1024))
print(deployment.roof.ridge)
print(points.intensity)
print(points.bound_by("compute"))
"""


def public_path(name: str) -> Markup:
    """Path by which programs import a public name, whichever module defines it.

    Its address on the page follows from it, so that moving a module moves no address.
    """
    return Markup(f"{roofline.__name__}.{name}")  # noqa: S704  # our own name


def program() -> Markup:
    """The example, as a block of code."""
    return _block("python", PROGRAM)


def output() -> Markup:
    """What the example prints, as a block of text."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(PROGRAM, {})  # noqa: S102  # the constant above
    return _block("text", printed.getvalue())


def _block(language: str, text: str) -> Markup:
    return Markup(f"```{language}\n{text.rstrip()}\n```")  # noqa: S704  # in a block of code
