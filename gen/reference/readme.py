"""Refresh what the README shows: its picture, and the output of its commands.

Run as ``python -m gen.readme`` after a change of the model or of the charts.
"""

import re
from pathlib import Path

from gen.reference.command_line import PROGRAM, run
from roofline.files.text import write_whole
from roofline.report.charts.library import study_charts
from roofline.study.study import load_study

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
PICTURE = REPOSITORY / "docs" / "assets" / "images" / "roofline.svg"

_BLOCK = re.compile(
    rf"(?P<head>```console\n\$ (?P<line>{PROGRAM} [^\n]*)\n)(?P<output>.*?)(?P<tail>```)", re.DOTALL
)
_MORE = "…"


def picture() -> bytes:
    """The flagship's roofline, without a version, so that it changes with the model alone."""
    chart = next(one for one in study_charts(load_study(), "") if one.slug == "roofline")
    return chart.svg


def refreshed(text: str) -> str:
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


def main() -> None:
    """Write the picture and the README."""
    write_whole(PICTURE, picture())
    write_whole(README, refreshed(README.read_text(encoding="utf-8")).encode())


if __name__ == "__main__":
    main()
