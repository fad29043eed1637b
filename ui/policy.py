"""The content-security policies: what a page of ours may load, run and talk to."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from urllib.parse import urlsplit

PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

# Where the sandbox processor's fields send a card: it stands for another company's, its page has
# an origin of its own, and nothing is done there in anybody's name.
PROCESSOR_END = "/sandbox/tokens"
# "sandbox" makes that origin, in a frame or out of it.
FIELDS = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def paying(fields_url: str) -> str:
    """The policy of the pay page: that of a page, and the frame with the processor's fields."""
    address = urlsplit(fields_url)
    frames = f"{address.scheme}://{address.netloc}" if address.netloc else "'self'"
    return f"{PAGES}; frame-src {frames}"


def chat_policy(html: str) -> str:
    """The policy of Chainlit's page.

    Its inline scripts are named by their hashes. 'unsafe-eval' has to stay: Chainlit compiles the
    cards' JSX in the browser. So have inline styles: its components set them as they are drawn.
    """
    scripts = " ".join(f"'{digest}'" for digest in inline_scripts(html))
    return (
        f"default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; "
        "frame-ancestors 'none'"
    )


def inline_scripts(html: str) -> list[str]:
    """The hashes of a page's inline scripts, as a policy names them."""
    found = _Scripts()
    found.feed(html)
    found.close()
    digests = [hashlib.sha256(script.encode()).digest() for script in found.inline]
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.inline: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)
        if self._inside:
            self.inline.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[-1] += data
