"""The command ``roofline``."""

from typing import Any

import click

from roofline.cli.accelerator import accelerator_command
from roofline.cli.bench import bench_command
from roofline.cli.carry import carry_command
from roofline.cli.configuration import import_model_command
from roofline.cli.findings import findings_command, verify_command
from roofline.cli.latency import calibrate_command, predict_command
from roofline.cli.measurements import measurements_group
from roofline.cli.points import explain_command, points_command
from roofline.cli.study import check_command, new_command
from roofline.errors import InputError, printable
from roofline.version import __version__

_MOST_OF_A_MESSAGE = 1_000


class _Program(click.Group):
    """Turn bad input into one message and exit code 1, without a traceback.

    What click says of a command line is made fit for a terminal too.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise click.ClickException(str(error)) from error
        except click.UsageError as error:
            message = printable(error.format_message(), _MOST_OF_A_MESSAGE)
            raise click.UsageError(message, error.ctx) from error


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="roofline")
def main() -> None:
    """What limits the inference of a large language model: the roofline of its operators.

    STUDY is the name of a study, an example of the package or one in docs/studies/, or the
    path of a study file; without it, the flagship: Llama 33B on an NVIDIA A100 80GB PCIe.
    """


for _command in (
    points_command,
    explain_command,
    findings_command,
    verify_command,
    calibrate_command,
    carry_command,
    predict_command,
    bench_command,
    accelerator_command,
    import_model_command,
    new_command,
    check_command,
    measurements_group,
):
    main.add_command(_command)
