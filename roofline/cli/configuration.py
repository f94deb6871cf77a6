"""The command that makes a catalogue entry of a model's configuration."""

from pathlib import Path
from typing import Any

import click

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.configuration import import_configuration
from roofline.catalog.transformer import Transformer
from roofline.cli.common import output_option, write
from roofline.files.table import to_json
from roofline.model.deployment import Deployment


@click.command("import")
@click.argument("config", type=click.Path(path_type=Path), metavar="CONFIG.json")
@click.option("--name", metavar="TEXT", help="Name for people; the configuration's by default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="A catalogue entry; or its numbers with the count of matrix parameters.",
)
@output_option
def import_model_command(config: Path, name: str | None, form: str, output: Path | None) -> None:
    """Write a model as a catalogue entry, from its Hugging Face configuration.

    CONFIG.json is what Transformers saves beside a model. In roofline/catalog/transformers/ the
    entry's file name becomes the model's name in studies. What the configuration does not say,
    and what the entry leaves out, is said.
    """
    imported = import_configuration(config, name)
    if form == "json":
        write(to_json(_record(imported.transformer, imported.notes)), output)
    else:
        write(imported.text, output)
    for note in imported.notes:
        click.echo(note, err=True)


def _record(transformer: Transformer, notes: tuple[str, ...]) -> dict[str, Any]:
    # Parameters do not depend on what runs them.
    card = load_accelerator("a100-80gb-pcie")
    deployment = Deployment(transformer=transformer, accelerator=card, dtype="fp16")
    return {
        "name": transformer.name,
        **transformer.fields,
        "parameters": round(deployment.weights()),
        "notes": list(notes),
    }
