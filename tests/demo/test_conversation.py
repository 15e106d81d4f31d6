import math
from array import array

import pytest

from webapp.bot import audio
from webapp.demo import conversation, speech
from webapp.demo.script import LINES, OTTO, WREN

TICK = 960


def tone(n_samples, peak=9000):
    return array("h", (round(peak * math.sin(n / 20)) for n in range(n_samples)))


def test_lines_are_laid_one_after_the_other_each_in_its_own_track():
    wren, otto = conversation.arrange(
        [(WREN, tone(5 * TICK)), (OTTO, tone(2 * TICK + 1)), (WREN, tone(TICK))]
    )
    pause = math.ceil(conversation.PAUSE_S * 50)
    assert len(wren) == len(otto)
    assert len(wren) % TICK == 0
    spoken = [[any(frame) for frame in audio.frames(track)] for track in (wren, otto)]
    assert spoken[0][:5] == [True] * 5
    assert spoken[0].count(True) == 6
    assert spoken[1].index(True) == 5 + pause
    assert spoken[1].count(True) == 3
    assert not any(both == (True, True) for both in zip(*spoken, strict=True))


def test_conversation_is_made_once_and_read_after_that(tmp_path, monkeypatch):
    made = []
    lines = [(WREN, tone(TICK * 3)), (OTTO, tone(TICK * 2))]
    monkeypatch.setattr(speech, "lines", lambda: made.append(1) or lines)
    first = conversation.tracks(tmp_path / "demo")
    assert conversation.tracks(tmp_path / "demo") == first
    assert made == [1]
    assert [sum(packet is not None for packet in track) for track in first] == [3, 2]
    assert len({len(track) for track in first}) == 1


def test_recorded_words_stand_in_where_nothing_synthesises(tmp_path, monkeypatch):
    words = tmp_path / "words"
    words.mkdir()
    for name in ("Front_Left.wav", "Noise.wav"):
        with audio.wave.open(str(words / name), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(tone(4_800).tobytes())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(speech, "ALSA_WORDS", words)
    lines = speech.lines()
    assert [part for part, _ in lines] == [part for part, _ in LINES]
    assert len(lines[0][1]) == 4_800
    assert len(lines[1][1]) > 4_800


def test_machine_without_a_voice_says_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(speech, "ALSA_WORDS", tmp_path)
    with pytest.raises(speech.NoVoice, match=r"espeak-ng.*alsa-utils"):
        speech.lines()
