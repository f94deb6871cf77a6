"""The commands on files of measurements."""

from pathlib import Path

import click

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.cli.common import write
from roofline.errors import InputError, unknown
from roofline.measurements.conditions import side_path
from roofline.measurements.published_tables import (
    ImportedProducts,
    conditions_json,
    import_products,
    products_csv,
)
from roofline.version import __version__


@click.group("measurements")
def measurements_group() -> None:
    """Read measurements that others published."""


@measurements_group.command("import")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--accelerator",
    required=True,
    metavar="NAME",
    help="What was measured; one of the catalogue's accelerators.",
)
@click.option(
    "--dtype",
    default="fp16",
    show_default=True,
    help="Number format of a profile; the one to read of a product table.",
)
@click.option(
    "--library",
    metavar="TEXT",
    help="What computed a profile, with its version; which of several of a product table.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Write the rows to this CSV file, and what is known of them to FILE.json.",
)
def import_command(
    table: Path, accelerator: str, dtype: str, library: str | None, output: Path
) -> None:
    """Turn a published table of measured products into a file of measurements.

    TABLE is a CSV file: a profile of a layer, with medians in milliseconds for each number of
    tokens (columns n_embd, num_tokens, time_stats.mlp_up_proj.median and so on), or a table of
    products (columns framework, version, device, gemm_dtype, m, n, k and latency in
    milliseconds). A study with fused projections can name the result, and `roofline calibrate`
    fits it.
    """
    try:
        card = load_accelerator(accelerator)
    except LookupError as error:
        raise InputError.at("--accelerator", str(error.args[0])) from error
    if dtype not in number_formats():
        raise InputError.at("--dtype", unknown("dtype", dtype, sorted(number_formats())))
    imported = import_products(table, card, dtype, library)
    write(products_csv(imported), output)
    write(conditions_json(imported, dtype, table.name, __version__), side_path(output))
    write(_summary(imported, output), None)


def _summary(imported: ImportedProducts, output: Path) -> str:
    lines = [f"{len(imported.rows)} products of a {imported.form} in {output}"]
    if imported.empty:
        lines.append(f"{imported.empty} times left out, which are empty or 0")
    if imported.repeated:
        lines.append(f"{imported.repeated} repeated times, of which each product has the median")
    lines += [f"{rows} rows left out, in {name}" for name, rows in imported.others.items()]
    return "\n".join(lines) + "\n"
