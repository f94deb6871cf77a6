"""A study: which model, on which accelerator, at which settings."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from roofline.catalog.accelerator import Accelerator, known_dtype, load_accelerator
from roofline.catalog.entries import LEAST_WIDTH, MOST_WIDTH, Entry, ListOf, Text
from roofline.catalog.reader import identifiers, number_formats
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError, as_written, join_choices, unknown
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.latency.kernels import calibration_for
from roofline.measurements.conditions import side_path
from roofline.measurements.study_files import MeasuredProducts, read_measured
from roofline.memo import memoised
from roofline.model.deployment import Deployment
from roofline.model.operators import StoredOperand, load_operators
from roofline.study.repository import (
    FLAGSHIP,
    STUDY_ENDINGS,
    path_name,
    refuse_leaving,
    study_paths,
)
from roofline.study.results import StudyResults

MOST_SETTINGS = 10_000
"""A study with more settings would make pages that no browser opens."""

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CSV = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.csv"
Size = Annotated[int, Field(ge=1, le=10**9)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)]


def _storage(value: object) -> object:
    """Check the storage of an operand: a number format, or bytes per element."""
    if isinstance(value, str):
        return known_dtype(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and LEAST_WIDTH <= value <= MOST_WIDTH:  # type: ignore[operator]  # a number
        return value
    rule = f"expected a number format, or from {LEAST_WIDTH} to {MOST_WIDTH} bytes per element"
    message = f"{rule}, got {as_written(value)}"
    raise ValueError(message)


Storage = Annotated[str | float, BeforeValidator(_storage)]


def _catalogue_name(value: str, kind: str, known: tuple[str, ...]) -> str:
    if any(mark in value for mark in ("/", "\\", "..")):
        rule = f"expected the name of a catalogue entry, got a path {as_written(value)}"
        raise ValueError(f"{rule}; known: {join_choices(known, 'and')}")
    if value not in known:
        raise ValueError(unknown(kind, value, known))
    return value


def _load(loader: Callable[[str], Any], identifier: str) -> Any:
    """Load a catalogue entry; each problem of a broken one is a rule of the study's that fails."""
    try:
        return loader(identifier)
    except InputError as error:
        rules = (f"{error.origin}: {problem}" for problem in error.problems)
        raise ValueError(*rules) from error


class StudyFile(Entry):
    """Format of a study file."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    """Heading of the study's pages."""
    model: Text
    """Name of a transformer in the catalogue."""
    accelerator: Text
    """Name of an accelerator in the catalogue."""
    dtype: Text
    """Number format; chooses the accelerator's peak and the bytes per element."""
    batches: ListOf[Size]
    """Sequences served together, without repeats."""
    lengths: ListOf[Size]
    """Sequence lengths, without repeats [token]."""
    candidates: ListOf[Size] = (1,)
    """Tokens per sequence and decode step, without repeats; 1 without speculation."""
    choices: dict[str, str] = Field(default_factory=dict)
    """Implementation choices that differ from the operator table's defaults."""
    storage: dict[StoredOperand, Storage] = Field(default_factory=dict)
    """Number format, or bytes per element, by kind of operand, where not the dtype's."""
    measurements: ListOf[Annotated[str, Field(pattern=f"^{_CSV}$")]] = ()
    """CSV files beside the study, as `roofline bench` writes them, of its own accelerator."""
    notes: Notes | None = None
    """Plain text shown on the study's page."""

    @field_validator("model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        value = _catalogue_name(value, "model", identifiers("transformers"))
        _load(load_transformer, value)
        return value

    @field_validator("accelerator")
    @classmethod
    def _known_accelerator(cls, value: str) -> str:
        value = _catalogue_name(value, "accelerator", identifiers("accelerators"))
        _load(load_accelerator, value)
        return value

    @field_validator("dtype")
    @classmethod
    def _peak_exists(cls, value: str, info: ValidationInfo) -> str:
        known_dtype(value)
        identifier = info.data.get("accelerator")
        if identifier is not None:
            accelerator: Accelerator = load_accelerator(identifier)
            if value not in accelerator.peaks:
                known = join_choices(sorted(accelerator.peaks), "and")
                message = f'no "{value}" peak on "{identifier}"; it has {known}'
                raise ValueError(message)
        return value

    @field_validator("batches", "lengths", "candidates")
    @classmethod
    def _distinct(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if not values:
            message = "expected at least one number, got an empty list"
            raise ValueError(message)
        repeated = sorted(value for value, times in Counter(values).items() if times > 1)
        if repeated:
            message = (
                f"expected every setting once, got {join_choices(repeated, 'and')} more than once"
            )
            raise ValueError(message)
        return tuple(sorted(values))

    @field_validator("measurements")
    @classmethod
    def _files_are_there(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        repeated = [value for value, times in Counter(values).items() if times > 1]
        if repeated:
            message = f"expected every file once, got {join_choices(repeated, 'and')} again"
            raise ValueError(message)
        folder: Path | None = (info.context or {}).get("folder")
        if folder is not None:
            there = sorted(path.name for path in folder.glob("*.csv"))
            rules = [
                unknown("file beside the study", value, there)
                for value in values
                if value not in there
            ]
            if rules:
                raise ValueError(*rules)
        return values

    @field_validator("choices")
    @classmethod
    def _known_choices(cls, values: dict[str, str]) -> dict[str, str]:
        if rules := load_operators().broken_choices(values):
            raise ValueError(*rules)
        return values

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        settings = len(self.batches) * len(self.lengths) * len(self.candidates)
        if settings > MOST_SETTINGS:
            message = (
                f"expected at most {MOST_SETTINGS:,} settings, got {settings:,} "
                f"({len(self.batches):,} batches x {len(self.lengths):,} lengths x "
                f"{len(self.candidates):,} candidates)"
            )
            raise ValueError(message)
        return self


@dataclass(frozen=True, kw_only=True)
class Study:
    """A checked study with its name."""

    identifier: str
    """Name of the file, and of the study's address."""
    file: StudyFile
    folder: Path
    """Where the study's file and its measurements lie."""

    @cached_property
    def measured(self) -> MeasuredProducts | None:
        """What was measured of the study's products; None where it names no file.

        Raises:
            InputError: A file is damaged, or of another device than the study's.
        """
        if not self.file.measurements:
            return None
        paths = [self.folder / name for name in self.file.measurements]
        return read_measured(paths, self.file.accelerator, self.file.dtype)

    @cached_property
    def deployment(self) -> Deployment:
        """The study's model on its accelerator."""
        formats = number_formats()
        return Deployment(
            transformer=load_transformer(self.file.model),
            accelerator=load_accelerator(self.file.accelerator),
            dtype=self.file.dtype,
            choices=dict(self.file.choices),
            storage={
                kind: formats[value].bytes.value if isinstance(value, str) else value
                for kind, value in self.file.storage.items()
            },
        )

    @cached_property
    def results(self) -> StudyResults:
        """What the study comes to; every series is evaluated once.

        Raises:
            InputError: A file of measurements is damaged, or of another device.
        """
        deployment, file = self.deployment, self.file
        own = (deployment.accelerator.identifier, deployment.dtype) == (
            file.accelerator,
            file.dtype,
        )
        return StudyResults(
            deployment=deployment,
            settings=file,
            # What was measured on the study's card says nothing of another one.
            measurements=self.measured if own else None,
        )

    @property
    def fitted_to_measured(self) -> bool:
        """Whether the calibration was fitted to the very measurements that the study names."""
        calibration = calibration_for(self.deployment)
        return calibration is not None and self.file.measurements == (calibration.provenance.file,)

    @memoised
    def on(self, deployment: Deployment) -> "Study":
        """The same settings of another deployment, such as one with grouped heads."""
        if deployment is self.deployment:
            return self
        changed = dataclasses.replace(self)
        vars(changed)["deployment"] = deployment  # where the cached property looks first
        return changed

    @property
    def settings(self) -> int:
        """Settings of each series."""
        return len(self.file.batches) * len(self.file.lengths) * len(self.file.candidates)


def load_study(name: str = FLAGSHIP) -> Study:
    """Load a study.

    Args:
        name: Name of an example or of a study of the checkout, or path of a study file (ending
            in ``.yml`` or ``.yaml``, or with a folder in front).

    Returns:
        The checked study.

    Raises:
        InputError: There is no such study, or it breaks rules; with all of them.
    """
    if name.lower().endswith(STUDY_ENDINGS) or "/" in name or "\\" in name:
        path, origin = Path(name), name
    else:
        known = study_paths()
        if name not in known:
            raise InputError.at("study", unknown("study", name, [*known]))
        path = known[name]
        origin = path_name(path)
        refuse_leaving(path, origin)
    if not _IDENTIFIER.fullmatch(path.stem):
        rule = (
            "expected a file name of lower-case letters, digits and single hyphens, "
            f"which becomes the study's address, got {as_written(path.stem)}"
        )
        raise InputError.at(origin, rule)
    file = validate(StudyFile, read_yaml(path, origin), {"folder": path.parent})
    for measured in file.measurements:
        measurements = path.parent.resolve() / measured
        refuse_leaving(measurements, origin)
        refuse_leaving(side_path(measurements), origin)
    return Study(identifier=path.stem, file=file, folder=path.parent)
