"""Time a cold strict build against bare Material building the same pages.

Bare Material is its theme and its search over the Markdown that the real build renders, with the
same extensions: what the site would cost without charts, templates and overrides of our own.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = REPOSITORY / ".cache"
ROUNDS = 3
AIM = 1.5
"""What our build should cost at most, in builds of bare Material."""

KEEP_MARKDOWN = """
import importlib
from pathlib import Path

def on_page_markdown(markdown, page, **_):
    state = importlib.import_module("gen.state")
    target = Path({folder!r}) / page.file.src_uri
    target.parent.mkdir(parents=True, exist_ok=True)
    # With tables, charts and formulas in place, as a site without our hooks would hold them.
    target.write_text(state.site.fragments.insert(markdown), encoding="utf-8")
"""


def build(config: Path, destination: Path, *, strict: bool) -> float:
    """Build a site; return the seconds it took."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    command += ["--config-file", str(config), "--site-dir", str(destination)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    begin = time.perf_counter()
    subprocess.run(
        [*command, *(["--strict"] if strict else [])], cwd=REPOSITORY, env=environment, check=True
    )
    return time.perf_counter() - begin


def bare_material(folder: Path, config: dict[str, Any]) -> Path:
    """Configuration of bare Material over the Markdown that the real build renders."""
    docs = folder / "docs"
    docs.mkdir()
    hook = folder / "keep_markdown.py"
    hook.write_text(KEEP_MARKDOWN.format(folder=str(docs)), encoding="utf-8")
    # Beside mkdocs.yml, whose relative paths then still hold.
    with tempfile.NamedTemporaryFile("w", dir=REPOSITORY, suffix=".yml", encoding="utf-8") as copy:
        hooks = [*config.get("hooks", []), str(hook)]
        copy.write(f"INHERIT: mkdocs.yml\nhooks: {json.dumps(hooks)}\n")
        copy.flush()
        build(Path(copy.name), folder / "kept", strict=False)
    bare = folder / "mkdocs.yml"
    theme = {"name": "material", "font": False}
    settings = {"site_name": "Bare", "theme": theme, "plugins": ["search"], "docs_dir": str(docs)}
    extensions = json.dumps(config.get("markdown_extensions", []))
    bare.write_text(
        "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
        + f"markdown_extensions: {extensions}\n",
        encoding="utf-8",
    )
    return bare


def main() -> int:
    """Print the comparison; times are reported, never a reason to fail."""
    from mkdocs.utils.yaml import yaml_load  # noqa: PLC0415  # only here is MkDocs needed

    with (REPOSITORY / "mkdocs.yml").open(encoding="utf-8") as file:
        config: dict[str, Any] = yaml_load(file)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = bare_material(folder, config)
        pages = len(list((folder / "docs").rglob("*.md")))
        print(f"Building {pages} pages {ROUNDS} times, cold and strict, and as bare Material")
        for _ in range(ROUNDS):
            shutil.rmtree(CACHE / "charts", ignore_errors=True)
            ours.append(build(REPOSITORY / "mkdocs.yml", folder / "ours", strict=True))
            theirs.append(build(bare, folder / "theirs", strict=False))
    our, their = statistics.median(ours), statistics.median(theirs)
    print(f"ours {our:.1f} s, bare Material {their:.1f} s: {our / their:.2f} times, aim {AIM}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
