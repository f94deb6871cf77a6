"""Time builds of the site against bare Material building the same pages, in one run.

Bare Material is its theme and its search over the Markdown that the real build renders, with the
same extensions: what the site would cost without charts, templates and overrides of our own.
Times are medians, as ratios to bare Material's median in the same run:

- cold: a strict build with nothing drawn;
- cached: the same with the chart cache filled;
- study: what one more study adds to a cold build;
- edit: a rebuild of the preview after an edit of one hand-written page, in one process, as
  ``mkdocs serve`` does it; and the same with one more study.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = REPOSITORY / ".cache" / "charts"
STUDY = REPOSITORY / "docs" / "studies" / "benchmark-study.yml"
STUDY_TEXT = """\
title: One more study
model: llama-7b
accelerator: a100-80gb-pcie
dtype: fp16
batches: [1, 2, 4, 8, 16, 32, 64]
lengths: [128, 256, 512, 1024, 2048, 4096, 8192]
"""
ROUNDS = 3

KEEP_MARKDOWN = """
import importlib
from pathlib import Path

def on_page_markdown(markdown, page, **_):
    site = importlib.import_module("gen.site").current
    target = Path({folder!r}) / page.file.src_uri
    target.parent.mkdir(parents=True, exist_ok=True)
    # With tables, charts and formulas in place, as a site without our hooks would hold them.
    target.write_text(site.fragments.insert(markdown), encoding="utf-8")
"""
EDIT = """
import sys, time
from pathlib import Path
from mkdocs.commands.build import build
from mkdocs.config import load_config

def main():
    page = Path("docs/learn/ridge.md")
    text = page.read_text(encoding="utf-8")
    config = load_config("mkdocs.yml", site_dir=sys.argv[1])
    config.plugins.on_startup(command="serve", dirty=False)
    try:
        for edit in range(int(sys.argv[2]) + 2):
            page.write_text(f"{text}\\nEdit {edit}.\\n", encoding="utf-8")
            begin = time.perf_counter()
            build(load_config("mkdocs.yml", site_dir=sys.argv[1]), serve_url="http://127.0.0.1/")
            if edit > 1:  # the first builds fill what later ones reuse
                print(time.perf_counter() - begin, flush=True)
    finally:
        page.write_text(text, encoding="utf-8")

if __name__ == "__main__":
    main()
"""


def run(command: list[str]) -> str:
    """Run Python in the repository; return what it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_MKDOCS_2_WARNING": "1",
        "DISABLE_MKDOCS_2_WARNING": "true",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def build(config: Path, destination: Path, *, strict: bool) -> float:
    """Build a site; return the seconds it took."""
    command = ["-m", "mkdocs", "build", "--quiet", "--config-file", str(config)]
    command += ["--site-dir", str(destination), *(["--strict"] if strict else [])]
    begin = time.perf_counter()
    run(command)
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


def edits(folder: Path) -> float:
    """Seconds from an edit of a page to the rebuilt preview."""
    times = run(["-c", EDIT, str(folder / "preview"), str(ROUNDS)]).split()
    return statistics.median(float(seconds) for seconds in times)


def cold(folder: Path) -> float:
    """Seconds of a strict build with nothing drawn."""
    shutil.rmtree(CACHE, ignore_errors=True)
    return build(REPOSITORY / "mkdocs.yml", folder / "ours", strict=True)


def with_study(measure: Callable[[Path], float], folder: Path) -> float:
    """Measure something with one more study on the site."""
    STUDY.write_text(STUDY_TEXT, encoding="utf-8")
    try:
        return measure(folder)
    finally:
        STUDY.unlink()


def main() -> int:
    """Print the comparison; times are reported, never a reason to fail."""
    from mkdocs.utils.yaml import yaml_load  # noqa: PLC0415  # only here is MkDocs needed

    with (REPOSITORY / "mkdocs.yml").open(encoding="utf-8") as file:
        config: dict[str, Any] = yaml_load(file)
    seconds: dict[str, list[float]] = {"bare": [], "cold": [], "cached": [], "study": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = bare_material(folder, config)
        pages = len(list((folder / "docs").rglob("*.md")))
        print(f"Building {pages} pages {ROUNDS} times each way")
        for _ in range(ROUNDS):
            seconds["cold"].append(cold(folder))
            seconds["cached"].append(build(REPOSITORY / "mkdocs.yml", folder / "ours", strict=True))
            seconds["bare"].append(build(bare, folder / "theirs", strict=False))
            seconds["study"].append(with_study(cold, folder) - seconds["cold"][-1])
        medians = {what: statistics.median(times) for what, times in seconds.items()}
        medians["edit"] = edits(folder)
        medians["edit with one more study"] = with_study(edits, folder)
    for what, median in medians.items():
        print(f"{what}: {median / medians['bare']:.2f} times bare Material ({median:.2f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
