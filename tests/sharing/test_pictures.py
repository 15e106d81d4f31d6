"""The pictures of pages: what they show, how long they are kept, and that no title breaks them."""

import io
import threading
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageChops

from tests.conftest import FrozenClock
from tests.sharing.conftest import STATES, Spaces, head_of
from webapp.config import Settings
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.sharing import drawing, fonts, pictures
from webapp.sharing.colours import angle, mixed, oklch
from webapp.sharing.preview import Preview, Scene
from webapp.spaces.shown import Person

ADA = Person("1", "ada", "Ada Okafor", "AO", 35)
PLAIN = Preview("/x", "Tea", "Live now.", "Live", Scene.LIVE, (ADA,))
TITLES = (
    "Tea",
    "W" * 70,
    "i" * 70,
    "What makes a voice carry, and who is it that listens, at night?",
    "ما الذي يجعل الصوت مسموعا؟ 2026",
    "שלום עולם (Tea) 12:30",
    "声はどうすれば届くのか。静かに話すことについて、みんなで考える夜",
    "🎙️👩‍👩‍👧🇫🇷👍🏽",
    "e\u0301" * 30,
    "\u0301\u0301",
    "नमस्ते",
    "\U000f0000\ue000",
    "…",
)


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@pytest.mark.parametrize("title", TITLES)
def test_any_title_is_drawn_within_the_picture(title: str) -> None:
    image = opened(drawing.drawn(replace(PLAIN, title=title)))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    empty = opened(drawing.drawn(replace(PLAIN, title="")))
    box = ImageChops.difference(image, empty).getbbox()
    assert box is not None
    assert drawing.MARGIN - 12 <= box[0] < box[2] <= drawing.WIDTH - drawing.MARGIN + 12
    assert 124 <= box[1] < box[3] <= drawing.HORIZON


def test_each_scene_and_every_number_of_faces_is_drawn() -> None:
    faces = [replace(ADA, person=str(n), name=f"P{n}", hue=n * 30) for n in range(13)]
    drawn = {
        drawing.drawn(replace(PLAIN, scene=scene, people=tuple(faces[:count]), rec=count == 1))
        for scene in Scene
        for count in (0, 1, 2, 13)
    }
    assert len(drawn) == 4 * len(Scene)


def test_line_is_broken_where_one_may_and_cut_where_one_must() -> None:
    words = fonts.Type("literata", 500, 40)
    assert words.wrapped("one two three", words.width("one two"), 2) == ["one two", "three"]
    assert words.wrapped("one two three", words.width("one two"), 1) is None
    broken = words.wrapped("W" * 9, words.width("WWWW"), 3)
    assert broken == ["WWWW", "WWWW", "W"]
    assert words.wrapped("声声声声", words.width("声声"), 2) == ["声声", "声声"]
    assert words.cut("one two three", words.width("one two") + 30).endswith(fonts.ELLIPSIS)
    assert words.cut("one", 1000) == "one"


def test_what_is_written_backwards_is_drawn_backwards() -> None:
    hebrew = [run.text for run in fonts.runs("literata", "אב Tea 12")]
    assert hebrew[0].startswith("Tea")
    assert hebrew[-1].strip() == "אב"
    english = [run.text.strip() for run in fonts.runs("literata", "Tea אב cake")]
    assert [text for text in english if text] == ["Tea", "אב", "cake"]
    assert fonts.is_backwards("12 אב")
    assert not fonts.is_backwards("12 Tea אב")
    assert not fonts.is_backwards("12")


def test_nothing_is_lost_where_harfbuzz_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_SHAPES", False)
    assert opened(drawing.drawn(replace(PLAIN, title="שלום Tea"))).size == (1200, 630)


def test_what_no_font_has_is_a_box_and_an_emoji_is_one() -> None:
    [run] = fonts.runs("literata", "\U000f0000\U000f0001")
    assert (run.font, run.text) == (None, "\U000f0000\U000f0001")
    assert "".join(run.text for run in fonts.runs("literata", "👩‍👩‍👧🇫🇷")) == "👩🇫"


def test_colours_are_the_stylesheets() -> None:
    assert oklch(1, 0, 0) == (255, 255, 255)
    assert oklch(0, 0, 0) == (0, 0, 0)
    assert oklch(0.627955, 0.257683, 29.2339) == (255, 0, 0)
    assert mixed((0, 0, 0), (10, 20, 30), 0.5) == (5, 10, 15)
    assert (angle(0), angle(359), angle(350), angle(120)) == (50, 50, 338, 149)


@pytest.mark.parametrize("state", STATES)
def test_picture_of_each_state_is_there(state: str, spaces: Spaces, client: FlaskClient) -> None:
    space = STATES[state](spaces)
    answer = client.get(head_of(client, space.url).metas["og:image"])
    assert answer.status_code == 200
    assert answer.content_type == "image/png"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert opened(answer.data).size == (1200, 630)


def test_old_address_shows_the_present(spaces: Spaces, client: FlaskClient, clock: FrozenClock) -> None:
    space = spaces.recorded()
    old = head_of(client, space.url).metas["og:image"]
    before = client.get(old)
    recording = recording_of(space.id)
    assert recording is not None
    recordings.delete_recording(recording, clock.now())
    new = head_of(client, space.url).metas["og:image"]
    answer = client.get(old)
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.data == client.get(new).data != before.data
    etag = answer.headers["ETag"]
    assert client.get(old, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(old, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200


def test_there_is_no_picture_of_what_is_nowhere(client: FlaskClient) -> None:
    for path in ("spaces/nothing", "settings", "spaces", "x"):
        assert client.get(f"/pictures/{path}/0123.png").status_code == 404


def test_a_picture_is_drawn_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Preview] = []
    begun = threading.Barrier(4)

    def draw(preview: Preview) -> bytes:
        drawn.append(preview)
        return b"png"

    def ask() -> None:
        begun.wait()
        with app.app_context():
            got.append(pictures.picture_of(PLAIN))

    got: list[bytes] = []
    monkeypatch.setattr(drawing, "drawn", draw)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [b"png"] * 4
    assert len(drawn) == 1


def test_pictures_do_not_pile_up(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "drawn", lambda preview: preview.title.encode())
    monkeypatch.setattr(pictures, "KEPT", 3)
    for number in range(6):
        pictures.picture_of(replace(PLAIN, title=str(number)))
    kept = sorted(path.read_bytes() for path in (settings.data_dir / "cache" / "pictures").iterdir())
    assert kept == [b"3", b"4", b"5"]


def test_name_of_a_picture_changes_with_what_it_shows_and_nothing_else() -> None:
    version = pictures.version_of(PLAIN)
    for other in (
        replace(PLAIN, title="Cake"),
        replace(PLAIN, rec=True),
        replace(PLAIN, scene=Scene.OVER),
        replace(PLAIN, people=(replace(ADA, hue=90),)),
        replace(PLAIN, people=(ADA, ADA)),
    ):
        assert pictures.version_of(other) != version
    assert pictures.version_of(replace(PLAIN, listed=False, keep_s=1, audio="/x")) == version
