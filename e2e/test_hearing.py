"""The tests' own ears must not imagine things: these need no server."""

from array import array
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from e2e.hearing import CHIRPS, RATE_HZ, Voice, chirp, decode, find, gaps_ms, recording
from e2e.people import script
from webapp.bot import audio, ogg

pytestmark = pytest.mark.patient


def voice_for(seconds, voice, start=0.0, gain=0.5):
    """A microphone's sound: a chirp a second, the first `start` seconds in."""
    pcm = np.zeros(seconds * RATE_HZ, dtype=np.float32)
    for second in np.arange(start, seconds - 0.2, 1):
        at = round(second * RATE_HZ)
        pcm[at : at + len(chirp(voice))] += gain * chirp(voice)
    return pcm


def through_opus(pcm):
    return decode(audio.encode(array("h", (pcm * 32767).astype(np.int16).tobytes())))


def test_each_voice_is_heard_and_the_other_is_not():
    pcm = voice_for(5, Voice.A, start=0.3)
    assert [round(each.second, 4) for each in find(pcm, Voice.A)] == [0.3, 1.3, 2.3, 3.3, 4.3]
    assert all(each.r > 0.999 for each in find(pcm, Voice.A))
    assert find(pcm, Voice.B) == []


def test_both_voices_are_found_in_a_mix_that_went_through_opus():
    pcm = through_opus(voice_for(6, Voice.A, 0.1) + voice_for(6, Voice.B, 0.6))
    for voice in CHIRPS:
        found = find(pcm, voice)
        assert len(found) == 6
        assert all(each.r > 0.9 for each in found)
        assert all(abs(gap - 1000) < 1 for gap in gaps_ms(found))


def test_noise_and_silence_hold_no_voice():
    noise = np.random.default_rng(1).normal(0, 0.1, 10 * RATE_HZ).astype(np.float32)
    for pcm in (noise, np.zeros(RATE_HZ, dtype=np.float32), np.zeros(100, dtype=np.float32)):
        assert find(pcm, Voice.A) == find(pcm, Voice.B) == []


def test_faint_rest_of_a_voice_is_not_a_voice():
    assert find(voice_for(3, Voice.A, gain=0.001), Voice.A) == []


def test_lost_second_shows_as_a_gap():
    pcm = voice_for(6, Voice.A)
    pcm[2 * RATE_HZ : 3 * RATE_HZ] = 0
    assert gaps_ms(find(pcm, Voice.A)) == pytest.approx([1000, 2000, 1000, 1000], abs=0.1)


def test_recording_is_read_without_its_preskip(tmp_path: Path):
    pcm = voice_for(2, Voice.B, 0.5)
    packets = list(audio.encode(array("h", (pcm * 32767).astype(np.int16).tobytes())))
    (tmp_path / "b.opus").write_bytes(b"".join(ogg.mux(packets)))
    heard = recording(tmp_path / "b.opus")
    assert len(heard) == 2 * RATE_HZ - ogg.PRESKIP
    assert find(heard, Voice.B)[0].second == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("voice", CHIRPS)
def test_microphone_of_a_page_plays_its_voice(browser: Browser, voice: Voice):
    page = browser.new_page()
    page.add_init_script(f"({script('microphone.js')})('{voice.value}')")
    page.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("https://secure.test/")
    pcm = np.array(
        page.evaluate("""async () => {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        const { source } = window.microphone;
        return Array.from(source.buffer.getChannelData(0));
    }""")
    )
    assert np.abs(pcm[: len(chirp(voice))] - 0.5 * chirp(voice)).max() < 1e-5
    assert not pcm[len(chirp(voice)) :].any()
    page.close()
