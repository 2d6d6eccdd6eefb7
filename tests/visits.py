"""The page of a service, open in a real browser, and what it asked for and complained about."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

SECONDS = 60_000  # milliseconds; a busy machine takes long over what is otherwise at once
_LEAVING = (
    "AbortError: signal is aborted",
    "Connection errored out",
    "Unexpected error Connection errored out",
)
Open = Callable[..., "Visit"]


class Visit:
    """A page that is open; `hosts` are all that it asked anything of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        # Of the whole context: a page that it opens counts, too.
        page.context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.on("websocket", lambda socket: self.hosts.add(socket.url.split("/")[2]))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        self.exchanges = page.locator(".pc-exchange")
        self.panel = page.locator("#pc-panel")
        self.box = page.get_by_label("Your question", exact=True)
        self.load()

    def load(self) -> None:
        """Open the page, anew if it is open."""
        before = len(self.complaints)
        if self.page.url.startswith(self.url):
            # No reader leaves within the milliseconds between an answer's end and its keeping.
            self.page.wait_for_timeout(500)
        self.page.goto(self.url)
        self.ready()
        # The framework's own client logs what it was waiting for when the page was left.
        self.complaints[before:] = [
            text for text in self.complaints[before:] if not text.startswith(_LEAVING)
        ]

    def ready(self) -> None:
        """Wait until the page can be used."""
        expect(self.box).to_be_visible(timeout=SECONDS)
        expect(self.page.locator("body[data-tab]")).to_have_count(1, timeout=SECONDS)

    def ask(self, question: str) -> None:
        """Ask, and do not wait for the answer."""
        self.box.fill(question)
        self.page.get_by_role("button", name="Ask", exact=True).click()

    def answered(self, question: str, count: int = 1) -> Locator:
        """Ask, and wait until the answer is whole; the exchange."""
        self.ask(question)
        expect(self.exchanges).to_have_count(count, timeout=SECONDS)
        last = self.exchanges.last
        expect(last.locator(".pc-tools")).to_be_visible(timeout=SECONDS)
        return last

    def marker(self, exchange: Locator, number: int) -> Locator:
        """A marker in an answer."""
        return exchange.locator(f'.pc-chip[data-marker="{number}"]')

    @property
    def marked(self) -> Locator:
        """The words that the panel leads to."""
        return self.panel.locator("mark:not(.pc-other)")
