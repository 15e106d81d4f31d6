"""How soon a host's page answers a click while 200 people arrive, ask to speak and applaud.

A real Chromium shows the host's page of a real server: the one that is sent the most. A click is measured in
the page, from the instant the browser noted it to the moment after the next frame was painted. The same page
in the room before anybody came is measured first, in the same run.
"""

import argparse
import os
import random
import select
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from threading import Lock, Thread
from typing import Any, NamedTuple

from flask_security import hash_password
from playwright.sync_api import Page, sync_playwright
from support import machine, report
from support.child import running
from support.site import ROOT, Site

from webapp.accounts import services as accounts
from webapp.bot.client import Visitor
from webapp.bot.websocket import Closed, Refused, WebSocket
from webapp.clock import SystemClock
from webapp.spaces import services

PEOPLE = 200
MARK_MS = 100
ARRIVALS_A_SECOND = 10
ACTS_A_SECOND = 15
CLICK_EACH_S = 0.3
BUTTONS = ("#dock-queue", "#dock-share")
PASSWORD = "two hundred voices"
RECORDER = """
window.clicks = []; window.slowest = 0; window.blocked = 0;
addEventListener('click', ({ timeStamp }) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => window.clicks.push(performance.now() - timeStamp);
  port2.postMessage(0);
}), true);
new PerformanceObserver((list) => {
  for (const { duration, interactionId } of list.getEntries())
    if (interactionId) window.slowest = Math.max(window.slowest, duration);
}).observe({ type: 'event', durationThreshold: 16 });
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.blocked += duration;
}).observe({ type: 'longtask' });
"""


class Plan(NamedTuple):
    """How long each part takes; everybody has arrived after 20 s."""

    empty_s: float
    busy_s: float


FULL = Plan(empty_s=20, busy_s=30)
QUICK = Plan(empty_s=8, busy_s=10)


class Answers(NamedTuple):
    """How long clicks took to be seen, the slowest interaction by Event Timing, and time in long tasks."""

    clicks_ms: list[float]
    slowest_ms: float
    blocked_ms: float


class Crowd:
    """People without a browser, who arrive one after the other and then do something at random."""

    def __init__(self, address: str, tokens: Sequence[str]) -> None:
        self._visitors = [Visitor(address, token) for token in tokens]
        self._sockets: list[WebSocket] = []
        self._lock = Lock()
        self._random = random.Random(1)
        Thread(target=self._listen, daemon=True).start()

    def arrive(self) -> None:
        for visitor in self._visitors:
            with paced(1 / ARRIVALS_A_SECOND):
                socket = visitor.enter()
                with self._lock:
                    self._sockets.append(socket)

    def act(self) -> None:
        """Asks, takes it back, and applauds."""
        while True:
            visitor = self._random.choice(self._visitors)
            with paced(1 / ACTS_A_SECOND), suppress(Refused):
                what = self._random.choice(["requests", "requests/withdraw", "reactions", "reactions"])
                visitor.post(what, **({"kind": "clap"} if what == "reactions" else {}))

    def _listen(self) -> None:
        """Takes what the pages would be sent, and answers pings."""
        while True:
            with self._lock:
                sockets = {socket._sock: socket for socket in self._sockets}
            ready, *_ = select.select(list(sockets), (), (), 0.05)
            for each in ready:
                with suppress(Closed):
                    while sockets[each].receive(0) is not None:
                        pass


@contextmanager
def paced(seconds: float) -> Any:
    """Takes at least so long."""
    began = time.monotonic()
    yield
    time.sleep(max(0, began + seconds - time.monotonic()))


def crowd(ready: Connection, address: str, tokens: Sequence[str]) -> None:
    os.nice(10)  # the page shares its core with them, as it would not in life
    people = Crowd(address, tokens)
    ready.send(0)
    people.arrive()
    people.act()


def prepare(site: Site) -> tuple[str, list[str]]:
    """Makes a host with a live space, and people with tokens. The space's path, and the tokens."""
    now = SystemClock().now()
    with site.app():
        password = hash_password(PASSWORD)
        host = accounts.sign_up("holly@example.com", password, "holly", "Holly", now)
        space = services.create_space(host, "A busy room", "", False, now)
        services.start_space(space, host, now)
        people = [
            accounts.add_account(
                f"p{number}@example.com", password, f"person_{number}", f"Person {number}", now
            )
            for number in range(PEOPLE)
        ]
        return space.url, [accounts.create_token(person, "bench", now) for person in people]


def host_page(page: Page, site: Site, path: str) -> None:
    """Opens the space as its host does."""
    page.goto(site.address("/sign-in"))
    page.locator("[name=email]").fill("holly@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("details.account").wait_for()
    page.goto(site.address(path))
    page.locator("#listen").click()
    page.locator("#join").wait_for(state="hidden")


def click_for(page: Page, seconds: float) -> Answers:
    """Opens and closes sheets of the dock for so long."""
    page.evaluate("window.clicks = []; window.slowest = 0; window.blocked = 0")
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        with paced(CLICK_EACH_S):
            box = page.locator(BUTTONS[number // 2 % len(BUTTONS)]).bounding_box()
            if box:
                page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            number += 1
    page.wait_for_timeout(200)
    return Answers(*page.evaluate("[window.clicks, window.slowest, window.blocked]"))


def row(name: str, answers: Answers, seconds: float) -> Sequence[str]:
    p50, p95 = percentiles(answers)
    return (
        name,
        str(len(answers.clicks_ms)),
        f"{p50:.0f}",
        f"{p95:.0f}",
        f"{max(answers.clicks_ms):.0f}",
        f"{answers.slowest_ms:.0f}",
        f"{answers.blocked_ms / seconds / 10:.1f}",
    )


def percentiles(answers: Answers) -> tuple[float, float]:
    cuts = quantiles(answers.clicks_ms, n=100)
    return cuts[49], cuts[94]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    arriving_s = PEOPLE / ARRIVALS_A_SECOND
    print(f"A host's page beside {PEOPLE} people; {machine.describe()}")
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        site = Site(Path(directory))
        path, tokens = prepare(site)
        os.sched_setaffinity(0, {machine.cores()[1]})
        browser = playwright.chromium.launch(executable_path=ROOT / "e2e" / "chromium", args=["--no-sandbox"])
        with site.serving():
            context = browser.new_context(reduced_motion="reduce")
            context.add_init_script(RECORDER)
            page = context.new_page()
            host_page(page, site, path)
            empty = click_for(page, plan.empty_s)
            with running(crowd, site.address(path), tokens):
                arriving = click_for(page, arriving_s)
                page.locator("#listener-count", has_text=f"{PEOPLE} listeners").wait_for()
                busy = click_for(page, plan.busy_s)
        browser.close()
    report.table(
        ("", "clicks", "p50 ms", "p95 ms", "max ms", "slowest event ms", "long tasks %"),
        row("nobody else", empty, plan.empty_s),
        row("people arrive", arriving, arriving_s),
        row("people ask and applaud", busy, plan.busy_s),
    )
    for name, answers in (("arrive", arriving), ("ask and applaud", busy)):
        report.mark(
            f"ms until 95 of 100 clicks are seen while people {name}", percentiles(answers)[1], MARK_MS
        )


if __name__ == "__main__":
    main()
