"""A copy of the sources, without their repository and without git, renders the site."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from serving import copy_repository

pytestmark = [pytest.mark.site, pytest.mark.slow]

PAGE = "studies/llama-33b-a100-80gb-pcie/findings/ridge.md"
RENDER = f"""
from pathlib import Path
from gen import site

site.make_site(Path("docs"))
print(site.current.files["{PAGE}"].content.decode())
"""


@pytest.mark.usefixtures("built_site")  # which leaves the charts that the copy takes along
def test_a_tarball_renders_where_there_is_no_git(tmp_path: Path) -> None:
    """With no commit to name; nothing else of a build asks for one."""
    copy_repository(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    settings = {"PATH": str(programs), "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {name: value for name, value in os.environ.items() if name != "ROOFLINE_COMMIT"}
    done = subprocess.run(
        [sys.executable, "-c", RENDER],
        cwd=tmp_path,
        env=environment | settings,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^- Version: \S+, in development$", done.stdout, re.MULTILINE)
