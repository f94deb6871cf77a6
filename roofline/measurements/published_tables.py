"""Measured products of two published forms of table, read into rows of our own.

Profiles, as Vidur publishes them: a row for each number of tokens and of cards that share a layer,
with the layer's sizes and the median time of each of its operators in milliseconds. Four of them
are matrix products, in which queries, keys and values are one product, and gate and up another.

Product tables, as AIConfigurator publishes them: a row for each product ``m, n, k``, with its
number format, its time in milliseconds, and the library and device that gave it.

Both time kernels in a stream. A product that stands several times gets the median of its times.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

import numpy as np

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import Accelerator
from roofline.errors import InputError, as_written, join_choices, unknown
from roofline.files.table import Block, Record, Table, to_csv, to_json
from roofline.files.text import open_bytes
from roofline.measurements.products import Protocol
from roofline.measurements.reader import MOST_BYTES

SCHEMA: Final = "roofline.measurements/1"
PROTOCOL: Final[Protocol] = "stream"
PROFILE: Final = (
    "n_head", "n_kv_head", "n_embd", "n_expanded_embd", "use_gated_mlp", "num_tokens",
    "num_tensor_parallel_workers",
)  # fmt: skip
"""Columns of a profile, beside the times of its operators."""
TABLE: Final = ("framework", "version", "device", "gemm_dtype", "m", "n", "k", "latency")
"""Columns of a product table."""
OPERATORS: Final = ("attn_pre_proj", "attn_post_proj", "mlp_up_proj", "mlp_down_proj")
"""Operators of a profile that are matrix products."""
_TIMES: Final = {name: f"time_stats.{name}.median" for name in OPERATORS}
_FORMATS: Final[Mapping[str, str]] = {"bfloat16": "bf16", "float16": "fp16"}
"""Number formats of a product table, as we call them; others are not read."""
_FLAGS: Final = ("true", "false")
_SIZES: Final = (1.0, 1e12)
_MILLISECONDS: Final = (1e-9, 1e9)
_PARQUET: Final = b"PAR1"
Form = Literal["profile", "product table"]
Size = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedProducts:
    """What was read of one file."""

    form: Form
    rows: tuple[Record, ...]
    """Products in the columns that `read_measurements` reads, in the order of the file."""
    device: str
    """What was measured, as drivers name it, or else the catalogue."""
    libraries: Mapping[str, str]
    """Library and its version, where the file says them."""
    read: int
    """Times in the file, one for each operator of a row."""
    empty: int
    """Times that are missing: the field is empty or 0."""
    others: Mapping[str, int]
    """Rows in other number formats, by format."""

    @property
    def repeated(self) -> int:
        """Times of products that stand several times, but for one of each."""
        return self.read - self.empty - len(self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Time:
    size: Size
    stage: str
    seconds: float


def import_products(
    path: Path, card: Accelerator, dtype: str, library: str | None = None
) -> ImportedProducts:
    """Read the products of a published table.

    Args:
        path: A CSV file of either form.
        card: What was measured; a product table says so itself, and must agree.
        dtype: Number format of a profile; of a product table, the format that is read.
        library: What computed a profile, which does not say it; of a product table, the library
            and version that is read, where it has several.

    Raises:
        InputError: With every problem and its line.
    """
    origin = str(path)
    with open_bytes(path, origin) as file:
        if file.read(len(_PARQUET)) == _PARQUET:
            rule = "is a Parquet file, expected CSV: save its table as CSV first"
            raise InputError.at(origin, rule)
        file.seek(0)
        table = Table(file, origin, f"{', '.join(PROFILE)}, or {', '.join(TABLE)}")
        profile = len({*PROFILE} & {*table.names}) > len({*TABLE} & {*table.names})
        table.check_header(PROFILE if profile else TABLE, tuple(_TIMES.values()))
        rows = table.read(MOST_BYTES)
    if profile:
        return _read_profile(rows, card, dtype, library)
    return _read_table(rows, card, dtype, library)


def _read_profile(
    rows: Block, card: Accelerator, dtype: str, library: str | None
) -> ImportedProducts:
    table = rows.table
    operators = [name for name in OPERATORS if _TIMES[name] in table.names]
    if not operators:
        choices = join_choices([*_TIMES.values()])
        raise InputError.at(table.origin, f"expected a column of times, such as {choices}", 1)
    if library is None:
        rule = (
            "expected the library that computed the products, with its version, which a profile "
            'does not say; or "not stated"'
        )
        raise InputError.at("--library", rule)
    sizes = {name: rows.numbers(name, *_SIZES) for name in PROFILE if name != "use_gated_mlp"}
    gated = [flag.lower() for flag in rows.names("use_gated_mlp")]
    rows.check("use_gated_mlp", gated, _unless_flag)
    workers = sizes["num_tensor_parallel_workers"]
    for name in ("n_head", "n_kv_head", "n_expanded_embd"):
        _check_shared(rows, name, sizes[name], workers)
    times = {name: _milliseconds(rows, _TIMES[name]) for name in operators}
    table.refuse()
    shapes = _layer(sizes, np.array([flag == "true" for flag in gated]))
    found = [
        _Time(
            size=(
                float(shapes[name][0][place]),
                *(float(part[place]) for part in shapes[name][1:]),
            ),  # type: ignore[arg-type]  # three of them
            stage=name,
            seconds=float(times[name][place]) / 1e3,
        )
        for place in range(len(rows.rows))
        for name in operators
    ]
    return _gather(
        "profile",
        found,
        origin=table.origin,
        card=card,
        dtype=dtype,
        library=library,
        device=card.device_names[-1],
        libraries={},
    )


def _layer(sizes: Mapping[str, FloatArray], gated: Any) -> dict[str, tuple[FloatArray, ...]]:
    """Sizes m, n and k of each operator of a layer that several cards share."""
    hidden, tokens = sizes["n_embd"], sizes["num_tokens"]
    workers = sizes["num_tensor_parallel_workers"]
    head = hidden / sizes["n_head"]
    inner = sizes["n_expanded_embd"] / workers
    heads = (sizes["n_head"] + 2 * sizes["n_kv_head"]) / workers
    return {
        "attn_pre_proj": (tokens, heads * head, hidden),
        "attn_post_proj": (tokens, hidden, hidden / workers),
        "mlp_up_proj": (tokens, np.where(gated, 2, 1) * inner, hidden),
        "mlp_down_proj": (tokens, hidden, inner),
    }


def _read_table(
    rows: Block, card: Accelerator, dtype: str, library: str | None
) -> ImportedProducts:
    table = rows.table
    m, n, k = (rows.numbers(name, *_SIZES) for name in ("m", "n", "k"))
    milliseconds = _milliseconds(rows, "latency")
    known = card.device_names
    rows.check(
        "device",
        rows.names("device"),
        lambda name: (
            ""
            if name in known
            else f"measured on {as_written(name)}, expected "
            + join_choices([as_written(one) for one in known])
        ),
    )
    table.refuse()
    formats = [_FORMATS.get(name, name) for name in rows.names("gemm_dtype")]
    names = [*zip(rows.names("framework"), rows.names("version"), strict=True)]
    wanted = [place for place, name in enumerate(formats) if name == dtype]
    others = Counter(name for name in formats if name != dtype)
    if not wanted:
        rule = unknown("gemm_dtype", dtype, sorted(others)) if others else "expected rows, got none"
        raise InputError.at(table.origin, rule)
    name, version = _one_library(table, [names[place] for place in wanted], library)
    found = [
        _Time(
            size=(float(m[place]), float(n[place]), float(k[place])),
            stage="",
            seconds=float(milliseconds[place]) / 1e3,
        )
        for place in wanted
        if names[place] == (name, version)
    ]
    return _gather(
        "product table",
        found,
        origin=table.origin,
        card=card,
        dtype=dtype,
        library=f"{name} {version}",
        device=rows.names("device")[0],
        libraries={name: version},
        others=others,
    )


def _one_library(
    table: Table, names: Sequence[tuple[str, str]], wanted: str | None
) -> tuple[str, str]:
    """Find the one library and version of all rows, or that which is wanted."""
    known = {f"{name} {version}": (name, version) for name, version in names}
    if wanted is not None and wanted not in known:
        raise InputError.at("--library", unknown("library", wanted, sorted(known)))
    if wanted is None and len(known) > 1:
        rule = f"is of {join_choices([*known], 'and')}; expected one, which --library can choose"
        raise InputError.at(table.origin, rule)
    return known[wanted or next(iter(known))]


def _gather(
    form: Form,
    times: Sequence[_Time],
    *,
    origin: str,
    card: Accelerator,
    dtype: str,
    library: str,
    device: str,
    libraries: Mapping[str, str],
    others: Mapping[str, int] | None = None,
) -> ImportedProducts:
    """Put the times of equal products together."""
    by_size: dict[Size, list[_Time]] = {}
    empty = 0
    for time in times:
        if time.seconds > 0:
            by_size.setdefault(time.size, []).append(time)
        else:
            empty += 1
    if not by_size:
        raise InputError.at(origin, "expected times, but all of them are empty or 0")
    rows = tuple(
        {
            "count": 1,
            "m": round(size[0]),
            "n": round(size[1]),
            "k": round(size[2]),
            "seconds": median(time.seconds for time in equal),
            "stage": equal[0].stage,
            "dtype": dtype,
            "accelerator": card.identifier,
            "protocol": PROTOCOL,
            "library": library,
        }
        for size, equal in by_size.items()
    )
    return ImportedProducts(
        form=form,
        rows=rows,
        device=device,
        libraries=libraries,
        read=len(times),
        empty=empty,
        others=dict(others or {}),
    )


def _milliseconds(rows: Block, name: str) -> FloatArray:
    """Read a column of times; 0 where the field is empty or 0."""
    values = np.zeros(len(rows.rows))
    for place, (text, line) in enumerate(zip(rows.names(name), rows.lines, strict=True)):
        try:
            value = float(text or 0) if "_" not in text else np.nan
        except ValueError:
            value = np.nan
        if value != 0 and not _MILLISECONDS[0] <= value <= _MILLISECONDS[1]:
            low, high = _MILLISECONDS
            rule = (
                f"expected milliseconds from {low:g} to {high:g}, or none; got {as_written(text)}"
            )
            rows.table.note(rule, line, name)
        values[place] = value
    return values


def _check_shared(rows: Block, name: str, sizes: FloatArray, workers: FloatArray) -> None:
    """Note sizes that cards cannot share evenly."""
    for size, many, line in zip(sizes.tolist(), workers.tolist(), rows.lines, strict=True):
        if size % many:
            rule = f"expected a multiple of the {many:g} cards that share it, got {size:g}"
            rows.table.note(rule, line, name)


def _unless_flag(flag: str) -> str:
    return "" if flag in _FLAGS else f"expected {join_choices(_FLAGS)}, got {as_written(flag)}"


def products_csv(imported: ImportedProducts) -> str:
    """Write the products as `read_measurements` reads them."""
    return to_csv(imported.rows)


def conditions_json(imported: ImportedProducts, dtype: str, file: str, version: str) -> str:
    """Write what is known of the conditions, as `read_conditions` reads them.

    Args:
        imported: The products.
        dtype: Their number format.
        file: Name of the published file.
        version: Of this package.
    """
    return to_json(
        {
            "schema": SCHEMA,
            "version": version,
            "protocol": PROTOCOL,
            "dtype": dtype,
            "device": {"label": imported.device},
            "libraries": dict(imported.libraries),
            "imported": {
                "file": file,
                "form": imported.form,
                "times": imported.read,
                "empty": imported.empty,
                "repeated": imported.repeated,
                "other_formats": dict(imported.others),
            },
        }
    )
