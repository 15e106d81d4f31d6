import wave
from typing import ClassVar

import pytest
from click.testing import CliRunner

from webapp.bot import cli, ogg
from webapp.bot.client import AddressError
from webapp.bot.websocket import Closed, Refused


class FakeSocket:
    def close(self):
        pass


class FakeTalker:
    said: ClassVar[list[bytes]] = []

    def __init__(self, socket, take_the_mic, accept):
        self.said.clear()

    def talk(self, packets):
        self.said.extend(packets)


class FakeVisitor:
    posted: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def __init__(self, address, token=None):
        self.posted.clear()

    def enter(self):
        return FakeSocket()

    def take_the_mic(self):
        pass

    def accept(self):
        pass

    def post(self, path, **form):
        self.posted.append((path, form))


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(cli, "Visitor", FakeVisitor)
    return lambda *args: CliRunner().invoke(cli.bot, [str(arg) for arg in args])


def test_listen_writes_ogg_opus(run, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "hear", lambda socket, seconds: {3: b"\x48a", 5: b"\x48b"})
    done = run("listen", "http://host/spaces/x", "--out", tmp_path / "out.opus")
    assert done.exit_code == 0
    assert "1 of 3 packets missing" in done.output
    assert ogg.demux((tmp_path / "out.opus").read_bytes()).packets == [b"\x48a", b"\x48", b"\x48b"]


def test_listen_in_silence_says_so_and_writes_nothing(run, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "hear", lambda socket, seconds: {})
    done = run("listen", "http://host/spaces/x", "--out", tmp_path / "out.opus")
    assert done.exit_code == 1
    assert "Nothing was heard." in done.output
    assert not (tmp_path / "out.opus").exists()


@pytest.fixture
def speech(tmp_path):
    with wave.open(str(tmp_path / "speech.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(96_000))
    return tmp_path / "speech.wav"


def test_speak_says_the_file_and_mutes(run, monkeypatch, speech):
    monkeypatch.setattr(cli, "Talker", FakeTalker)
    done = run("speak", "http://host/spaces/x", speech, "--mute-after")
    assert done.exit_code == 0
    assert len(FakeTalker.said) == 50
    assert FakeVisitor.posted == [("mute", {"muted": "1"})]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Closed(1000), "The space ended."),
        (Closed(4001, "removed"), "closed with 4001: removed"),
        (Refused(403, "the socket"), "The server answered 403 to the socket."),
        (OSError("no route"), "no route"),
        (AddressError("ftp://x is not the address of a page."), "not the address"),
    ],
)
def test_failure_is_one_sentence(run, monkeypatch, speech, error, sentence):
    def enter(self):
        raise error

    monkeypatch.setattr(FakeVisitor, "enter", enter)
    done = run("speak", "http://host/spaces/x", speech)
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output
