"""Refresh what the README shows: its picture, and the output of its commands.

Run as ``python -m gen.reference.readme`` after a change of the model or of the charts.
"""

import re
import sys
from collections.abc import Callable

from gen import REPOSITORY
from gen.reference.command_line import PROGRAM, run
from roofline.errors import InputError
from roofline.files.text import write_file
from roofline.report.charts import study_charts
from roofline.study.study import load_study

README = REPOSITORY / "README.md"
PICTURE = REPOSITORY / "docs" / "assets" / "images" / "roofline.svg"

_BLOCK = re.compile(
    rf"(?P<head>```console\n\$ (?P<line>{PROGRAM} [^\n]*)\n)(?P<output>.*?)(?P<tail>```)", re.DOTALL
)
_MORE = "…"


def draw_picture() -> bytes:
    """Draw the flagship's roofline, without a version, so that it changes with the model alone."""
    charts = {chart.slug: chart for chart in study_charts(load_study(), "")}
    return charts["roofline"].svg


def refresh_outputs(text: str) -> str:
    """Run every command of this program that a text shows, and put in its output.

    A block whose output ends with a line that begins with ``…`` keeps its length.
    """
    return _BLOCK.sub(_rerun, text)


def _rerun(block: re.Match[str]) -> str:
    shown = block["output"].rstrip("\n").split("\n")
    output = run(block["line"]).rstrip("\n").split("\n")
    if shown[-1].startswith(_MORE):
        kept = len(shown) - 1
        output = [*output[:kept], f"{_MORE} {len(output) - kept:,} more lines"]
    return block["head"] + "\n".join(output) + "\n" + block["tail"]


def main(say: Callable[[str], object] = print) -> int:
    """Write the picture and the README; return the exit status."""
    try:
        write_file(PICTURE, draw_picture(), PICTURE.relative_to(REPOSITORY).as_posix())
        text = refresh_outputs(README.read_text(encoding="utf-8"))
        write_file(README, text.encode(), README.name)
    except InputError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
