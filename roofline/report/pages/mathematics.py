"""Typeset mathematics while the site is built, so that readers load no script."""

import atexit
import json
import re
import weakref
from functools import cache
from pathlib import Path

from py_mini_racer import MiniRacer

KATEX = Path(__file__).parent / "katex" / "katex.min.js"

_TYPESET = """
function typeset(tex, display) {
  const options = {
    displayMode: display, output: "htmlAndMathml", strict: "error", throwOnError: true,
  };
  try {
    return JSON.stringify({html: katex.renderToString(tex, options)});
  } catch (error) {
    return JSON.stringify({error: error.message});
  }
}
"""

_INLINE = '<span class="rl-math" data-search-exclude>'
_DISPLAY = (
    '<span class="rl-math rl-math--display" role="group" aria-label="Formula"'
    ' tabindex="0" data-search-exclude>'
)


def _close(context: weakref.ref[MiniRacer]) -> None:
    """Close a context that is still in use when Python exits."""
    if (open_context := context()) is not None:
        open_context.close()


@cache
def _context() -> MiniRacer:
    """One JavaScript context for the whole build, with KaTeX loaded.

    It is closed before Python tears down: left to the garbage collector then, it waits for
    a thread that is already gone, and now and then the build never ends. The reference is
    weak, so that reloading this module does not keep every former context alive.
    """
    context = MiniRacer()
    atexit.register(_close, weakref.ref(context))
    context.eval(KATEX.read_text(encoding="utf-8"))
    context.eval(_TYPESET)
    return context


def _shielded(html: str) -> str:
    """Write the punctuation that Markdown acts on as character references."""
    return re.sub(
        r">[^<]+",
        lambda text: re.sub(r"[\\`*_\[\]~^]", lambda mark: f"&#{ord(mark[0])};", text[0]),
        html,
    )


@cache
def render(tex: str, *, display: bool) -> str:
    """Typeset one expression as HTML, with MathML beside it for assistive technology.

    The result is one line, can stand anywhere in Markdown, and stays out of the search
    index, which its two forms would enter twice.

    Args:
        tex: LaTeX source, without delimiters.
        display: Whether the expression stands on a line of its own.

    Returns:
        A `span` element; a page that holds one needs the KaTeX style sheet.

    Raises:
        ValueError: KaTeX does not accept the expression.
    """
    source = " ".join(tex.split())
    answer = json.loads(str(_context().call("typeset", source, display)))
    if "error" in answer:
        msg = f"cannot typeset {source!r}: {answer['error']}"
        raise ValueError(msg)
    return f"{_DISPLAY if display else _INLINE}{_shielded(answer['html'])}</span>"
