"""Titles and texts that try to become more than words, and what of a page proves that they did not."""

from __future__ import annotations

from lxml import html

__all__ = ["HOSTILE", "active_parts"]

HOSTILE = (
    "<script>document.title='taken'</script>",
    '"><img src=x onerror="document.title=\'taken\'">',
    "</title></style></svg><iframe src=http://127.0.0.1:9/>",
    "' onmouseover='document.title=1' x='",
    "{{ page.run_id }}{% raw %} ${7*7} <!-- ]]>",
    "right \u202eto left\u202c \u2066isolated \u2067never closed",
    "control \x00\x07\x1b[31m\x7f\x9b and \ud800 half a pair",
    "a title\nof &lt;two&gt; lines &amp; entities",
    "x" * 100_000,
    "&" * 100_000,
)
"""One of a kind each."""

_HARMLESS = {
    "html", "head", "meta", "title", "style", "body", "header", "p", "h1", "h2", "h3", "h4", "span", "dl", "div", "dt",
    "dd", "nav", "ul", "li", "a", "main", "section", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
    "bdi", "br", "code", "article", "svg", "line", "rect", "circle", "ol", "strong", "ins", "del", "details", "summary",
    "footer",
}  # fmt: skip


def active_parts(page: bytes) -> list[str]:
    """What in a page may run, load or lead to anything but a web address, or drive the direction of what follows."""
    text = page.decode("utf-8")
    found = [f"character {char!r}" for char in sorted({*text}) if char < " " and char not in "\n\t"]
    found += [f"character {char!r}" for char in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\x7f\x9b" if char in text]
    tree = html.fromstring(text)
    for element in tree.iter(html.etree.Element):
        found += [f"<{element.tag}>"] if element.tag not in _HARMLESS else []
        for name, value in element.attrib.items():
            loads = name.startswith("on") or name in ("src", "srcset", "srcdoc", "action", "formaction", "background")
            leads = name.endswith("href") and not value.startswith(("http://", "https://", "#"))
            if loads or leads or (name == "style" and "url" in value):
                found.append(f"{name}={value}")
    return found + [word for word in ("@import", "url(") if any(word in (one.text or "") for one in tree.iter("style"))]
