"""How to cite a finding, a page or a chart: one button, behind it one tab for each form."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from roofline.citations.site_address import load_identity, site_version
from roofline.citations.stamp import Snippets, link_forms


@dataclass(frozen=True, kw_only=True)
class Form:
    """One language in which a document cites."""

    name: str
    """As readers call it; in addresses in small letters."""
    text: str
    """What to paste."""
    shown: str = ""
    """How it looks, as HTML, where that is more than a link."""


def published(path: str) -> str:
    """Permanent address of a page or file of the site, by its path below the version."""
    return f"{load_identity().site_url}{site_version()}/{path}"


def finding_forms(snippets: Snippets, badge: Markup) -> tuple[Form, ...]:
    """Give the forms that cite a finding, each with a stamp that can be verified."""
    return (
        Form(name="Markdown", text=snippets.markdown),
        Form(name="HTML", text=snippets.html),
        Form(name="Text", text=snippets.text),
        Form(name="Badge", text=snippets.badge, shown=badge),
    )


def page_forms(title: str, address: str) -> tuple[Form, ...]:
    """Give the forms that link to a page, or a place in it."""
    markdown, html, text = link_forms(title, address)
    return (
        Form(name="Markdown", text=markdown),
        Form(name="HTML", text=html),
        Form(name="Text", text=text),
    )


def chart_forms(title: str, address: str, image: str) -> tuple[Form, ...]:
    """Give the forms that link to a chart; the first shows it."""
    markdown, _, _ = link_forms(title, address, image)
    return (Form(name="Image", text=markdown), *page_forms(title, address))


def tabs(forms: Sequence[Form], name: str) -> Markup:
    """Write the forms as tabs, in the theme's markup, which needs no script.

    Args:
        forms: At least one; the first is shown.
        name: Stands before each form's name in its address, such as cite in ``#cite-html``.
    """
    inputs, labels, blocks = [], [], []
    for number, form in enumerate(forms):
        key = f"{escape(name)}-{form.name.lower()}"
        checked = ' checked="checked"' if number == 0 else ""
        inputs.append(f'<input id="{key}" name="{escape(name)}" type="radio"{checked}>')
        labels.append(f'<label for="{key}">{escape(form.name)}</label>')
        blocks.append(
            f'<div class="tabbed-block">{form.shown}<div class="highlight"><pre><span></span>'
            f"<code>{escape(form.text)}\n</code></pre></div></div>"
        )
    return Markup(  # noqa: S704  # the texts are escaped
        f'<div class="tabbed-set tabbed-alternate" data-tabs="{escape(name)}:{len(forms)}">'
        f'{"".join(inputs)}<div class="tabbed-labels">{"".join(labels)}</div>'
        f'<div class="tabbed-content">{"".join(blocks)}</div></div>'
    )


def button(forms: Sequence[Form], name: str, label: str, note: str = "") -> Markup:
    """Write a button that opens the forms.

    Args:
        forms: At least one; the first is shown.
        name: Of the button in addresses, and before each form's name.
        label: Tells the button from others of its page.
        note: What to say above the forms, as HTML.
    """
    said = Markup("<p>{}</p>").format(Markup(note.strip())) if note else ""  # noqa: S704  # HTML
    return Markup(
        '<details class="rl-cite" id="{}"><summary aria-label="{}">Cite</summary>{}{}</details>'
    ).format(name, label, said, tabs(forms, name))
