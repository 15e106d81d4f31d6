"""Draws the icons of the home screen from icon.svg. Run it when that has changed: ``python -m e2e.icons``."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from e2e.people import CHROMIUM

IMAGES = Path(__file__).parents[1] / "webapp" / "static" / "img"
WHOLE = "0 0 512 512"
CLOSER = "60 76 392 392"
"""The same without the margin that a mask may cut off."""
ROUNDED = 0.22


def draw(page: Page, name: str, size: int, part: str, radius: float) -> None:
    """One PNG: a part of the picture, with corners of a radius (of its width)."""
    svg = (IMAGES / "icon.svg").read_text().replace(WHOLE, part, 1)
    style = f"svg {{ display: block; width: {size}px; border-radius: {radius * size}px }}"
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0 }} {style}</style>{svg}")
    page.screenshot(path=IMAGES / name, omit_background=True)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        blank = playwright.chromium.launch(**CHROMIUM).new_page()
        draw(blank, "icon-192.png", 192, CLOSER, ROUNDED)
        draw(blank, "icon-512.png", 512, CLOSER, ROUNDED)
        draw(blank, "icon-maskable-512.png", 512, WHOLE, 0)
        draw(blank, "apple-touch-icon.png", 180, CLOSER, 0)
