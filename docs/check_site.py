"""Open every page of the built site in a headless browser: python docs/check_site.py.

A page must have a title, all its images, no error in the console and no link to a page that is not
there; the search must find a class and a guide. Needs the `docs` extra and Chromium or Chrome.
"""

import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
SITE = Path(__file__).parent / "_build" / "html"
# What is searched for, and the page that must be among the results.
SEARCHES = {
    "BigramCountLM": "reference/sklearn_makemore.BigramCountLM.html",
    "perplexity": "user_guide/",
}
BROKEN_IMAGES = "Array.from(document.images).filter(i => !i.naturalWidth).map(i => i.src)"
LINKS = "Array.from(document.links).map(a => a.href)"


class Quiet(SimpleHTTPRequestHandler):
    """Serve files and log nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class Inspector:
    """Open pages one after another and collect what is wrong with each."""

    def __init__(self, page: Page, address: str):
        self.page = page
        self.address = address
        self.findings: list[str] = []
        self.links: set[str] = set()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._find(str(error)))
        page.on("requestfailed", self._on_request_failed)

    def _find(self, what: str) -> None:
        self.findings.append(f"{self.page.url}: {what}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._find(f"console: {message.text}")

    def _on_request_failed(self, request: Request) -> None:
        self._find(f"cannot load {request.url}")

    def open(self, name: str) -> None:
        """Open a page and look at its title, images and links."""
        self.page.goto(self.address + name, wait_until="load")
        if not self.page.title().strip():
            self._find("no title")
        self.page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
        self.page.wait_for_load_state("networkidle")
        for image in self.page.evaluate(BROKEN_IMAGES):
            self._find(f"missing image {image}")
        self.links |= {urldefrag(link).url for link in self.page.evaluate(LINKS)}

    def search(self, words: str, expected: str) -> None:
        """Search for words; a page whose address contains `expected` must be found."""
        self.page.goto(f"{self.address}search.html?q={words}")
        self.page.wait_for_selector("ul.search li a")
        self.page.wait_for_load_state("networkidle")
        found = [urljoin(self.page.url, link) for link in self.page.evaluate(LINKS)]
        if not any(self.address + expected in link for link in found):
            self._find(f"a search for {words} does not find {expected}")


def main() -> int:
    """Print what is wrong with the site; return 1 if anything is."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        sys.exit(f"No browser: install one of {', '.join(BROWSERS)}.")
    names = (path.relative_to(SITE) for path in SITE.rglob("*.html"))
    pages = sorted(str(name) for name in names if name.parts[0] != "_static")
    if not pages:
        sys.exit(f"{SITE} holds no pages: build the site first.")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        inspector = Inspector(browser.new_page(), address)
        for name in pages:
            inspector.open(name)
        for words, expected in SEARCHES.items():
            inspector.search(words, expected)
        browser.close()
    server.shutdown()
    findings = inspector.findings + [
        f"a link leads to {link}, which is not there"
        for link in sorted(inspector.links)
        if link.startswith(address) and not _exists(link.removeprefix(address))
    ]
    print("\n".join(findings))
    print(f"{len(pages)} pages, {len(inspector.links)} links, {len(findings)} findings")
    return bool(findings)


def _exists(name: str) -> bool:
    path = SITE / name
    return path.is_file() or (path / "index.html").is_file()


if __name__ == "__main__":
    sys.exit(main())
