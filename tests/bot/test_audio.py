import array
import math
import wave

import opuslib
import pytest

from webapp.bot import audio


def tone(rate_hz, hz=440, seconds=0.5, peak=8000):
    return array.array(
        "h", (round(peak * math.sin(2 * math.pi * hz * n / rate_hz)) for n in range(int(rate_hz * seconds)))
    )


def write_wave(path, rate_hz, samples, n_channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(n_channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def rms(samples):
    return math.sqrt(sum(s * s for s in samples) / len(samples))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 96_000])
def test_tone_of_any_rate_is_the_same_tone_at_48_khz(tmp_path, rate_hz):
    read = audio.read(write_wave(tmp_path / "tone.wav", rate_hz, tone(rate_hz)))
    wanted = tone(48_000)
    assert len(read) == len(wanted)
    middle = slice(2_000, -2_000)
    error = [a - b for a, b in zip(read[middle], wanted[middle], strict=True)]
    assert rms(error) < 0.005 * rms(wanted)


def test_what_48_khz_cannot_hold_is_filtered_out(tmp_path):
    read = audio.read(write_wave(tmp_path / "high.wav", 96_000, tone(96_000, hz=30_000)))
    assert rms(read[2_000:-2_000]) < 0.02 * rms(tone(96_000))


def test_stereo_becomes_the_mean_of_both(tmp_path):
    stereo = array.array("h", [1000, 3000] * 960)
    assert set(audio.read(write_wave(tmp_path / "s.wav", 48_000, stereo, 2))) == {2000}


def test_loud_samples_do_not_wrap(tmp_path):
    square = array.array("h", ([32767] * 20 + [-32768] * 20) * 200)
    read = audio.read(write_wave(tmp_path / "loud.wav", 16_000, square))
    assert all(sample > 0 for sample in read[600 + 6 : 600 + 54])


def test_other_formats_are_read_by_ffmpeg(tmp_path):
    wav = write_wave(tmp_path / "tone.wav", 44_100, tone(44_100))
    flac = tmp_path / "tone.flac"
    audio.subprocess.run(["ffmpeg", "-v", "error", "-i", wav, flac], check=True)
    assert rms(audio.read(flac)) == pytest.approx(rms(tone(48_000)), rel=0.01)


def test_other_formats_without_ffmpeg_say_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "x.flac").write_bytes(b"fLaC")
    with pytest.raises(audio.AudioError, match="ffmpeg"):
        audio.read(tmp_path / "x.flac")


def test_no_sound_at_all_is_refused(tmp_path):
    (tmp_path / "x.txt").write_text("not a sound")
    with pytest.raises(audio.AudioError):
        audio.read(tmp_path / "x.txt")
    with pytest.raises(audio.AudioError, match="cannot be opened"):
        audio.read(tmp_path / "nothing.wav")


def test_packets_are_20_ms_each_and_the_last_is_filled():
    packets = list(audio.encode(tone(48_000)[: 960 * 3 + 1]))
    decoder = opuslib.Decoder(48_000, 1)
    assert [len(decoder.decode(packet, 5760)) for packet in packets] == [1920] * 4


def test_packets_carry_the_sound():
    pcm = tone(48_000)
    decoder = opuslib.Decoder(48_000, 1)
    heard = array.array("h", b"".join(decoder.decode(packet, 960) for packet in audio.encode(pcm)))
    assert rms(heard[4_800:]) == pytest.approx(rms(pcm), rel=0.1)
