"""Run the command as ``python -m roofline``."""

from roofline.cli import main

main(prog_name="roofline")
