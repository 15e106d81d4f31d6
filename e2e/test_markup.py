"""A title made of markup is a title."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.people import Person

pytestmark = pytest.mark.patient

TITLE = "<img src=x onerror=document.title='won'><script>alert(1)</script>"


def test_title_of_markup_is_shown_as_it_was_written(person: Callable[..., Person]) -> None:
    ada = person("Ada").signs_up()
    dialogs: list[str] = []
    ada.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    ada.opens_space(TITLE)
    expect(ada.page.get_by_role("heading", name=TITLE)).to_be_visible()
    ada.goes_to("/spaces")
    expect(ada.page.get_by_text(TITLE)).to_be_visible()
    assert ada.page.title() != "won"
    assert dialogs == []
