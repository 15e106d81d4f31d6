"""What it costs to seal a recording for the vault and to open it again, beside what cannot be avoided.

To seal is to read each file, encrypt and write it, wait for the disk, read it back, and verify it. Beside it:
AES-256-GCM alone over the same bytes, in chunks of the same size, and a plain copy of the files, synced, read
back and hashed. To open is to read a mebibyte anywhere in a sealed file, as players ask for it. Beside it: as
many such chunks, read and decrypted.
"""

import argparse
import hashlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from support import machine, report
from support.site import Site

from webapp.accounts.models import User
from webapp.clock import now
from webapp.db import db, public_id
from webapp.demo import services as demo
from webapp.demo.script import WREN
from webapp.storage import storage
from webapp.vault import services as vault
from webapp.vault.models import Copy
from webapp.vault.queries import copy_of
from webapp.vault.sealing import CHUNK_BYTES, KEY_BYTES

FILE_BYTES = 43_000_000  # three hours at 32 kbit/s
RANGE_BYTES = 1 << 20
PIECE_BYTES = 1 << 18
DAY = timedelta(days=1)
SOURCE, COPY = "recorded", "copied"


class Plan(NamedTuple):
    """How much is measured."""

    tracks: int
    rounds: int
    ranges: int


FULL = Plan(tracks=10, rounds=5, ranges=100)
QUICK = Plan(tracks=2, rounds=2, ranges=30)


class Took(NamedTuple):
    """Seconds by the clock on the wall, and of the processor's time."""

    wall: float
    cpu: float


class Round(NamedTuple):
    """What each side took, one after the other."""

    cipher: Took
    copy: Took
    seal: Took

    @property
    def limit(self) -> Took:
        return Took(self.cipher.wall + self.copy.wall, self.cipher.cpu + self.copy.cpu)


class Bench:
    """An application, and files such as the recorder leaves."""

    def __init__(self, directory: Path, owner: User, recordings: Path, n_files: int) -> None:
        self._owner = owner
        self._content = os.urandom(FILE_BYTES)
        self._copies = directory / COPY
        self._files = recordings / SOURCE
        self._cipher = AESGCM(os.urandom(KEY_BYTES))
        self._files.mkdir()
        self.names = [f"track-{n}.opus" for n in range(n_files)]
        for name in self.names:
            (self._files / name).write_bytes(self._content)

    def measure(self, names: Sequence[str]) -> tuple[Round, Copy]:
        """Seals files, beside the peers. The copy can be opened."""
        cipher, copy = timed(partial(self._encrypt, len(names))), timed(partial(self._copy, names))
        shutil.rmtree(self._copies)
        sealed = self._expect()
        sources = {name: partial(storage().disk.whole, f"{SOURCE}/{name}") for name in names}
        return Round(cipher, copy, timed(partial(vault.seal_copy, sealed, sources, now()))), sealed

    def _expect(self) -> Copy:
        ref, ended = public_id(), now()
        vault.expect(
            ref, self._owner, "A copy", ended_at=ended, heard_until=ended + DAY, until=ended + 2 * DAY
        )
        db.session.commit()
        copy = copy_of(ref)
        assert copy
        return copy

    def _encrypt(self, n_files: int) -> None:
        content = memoryview(self._content)
        for number in range(n_files):
            for at in range(0, FILE_BYTES, CHUNK_BYTES):
                nonce = number.to_bytes(4) + at.to_bytes(8)
                self._cipher.encrypt(nonce, content[at : at + CHUNK_BYTES], None)

    def _copy(self, names: Sequence[str]) -> None:
        self._copies.mkdir()
        for name in names:
            copy_synced(self._files / name, self._copies / name)
            with (self._copies / name).open("rb") as file:
                hashlib.file_digest(file, "sha256")


def copy_synced(source: Path, target: Path) -> None:
    with source.open("rb", buffering=0) as reading, target.open("wb", buffering=0) as writing:
        while piece := reading.read(PIECE_BYTES):
            writing.write(piece)
        os.fsync(writing.fileno())


def timed(act: Callable[[], object]) -> Took:
    """How long something takes."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    act()
    return Took(time.perf_counter() - wall_s, time.process_time() - cpu_s)


def open_ranges(copy: Copy, starts: Sequence[int]) -> None:
    """Reads so much at each of these places, through the vault."""
    name = copy.files[0].name
    for start in starts:
        opened = sum(map(len, vault.read(copy, name, start, start + RANGE_BYTES)))
        assert opened == RANGE_BYTES


class Plain:
    """Chunks that were encrypted in the same way, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cipher = AESGCM(os.urandom(KEY_BYTES))
        chunk = os.urandom(CHUNK_BYTES)
        self._nonce = bytes(12)
        sealed = self._cipher.encrypt(self._nonce, chunk, None)
        self._sealed_bytes = len(sealed)
        path.write_bytes(sealed * -(-FILE_BYTES // CHUNK_BYTES))

    def open_ranges(self, starts: Sequence[int]) -> None:
        """Reads and decrypts as many chunks as a range at each of these places touches."""
        with self._path.open("rb", buffering=0) as file:
            for start in starts:
                for number in range(start // CHUNK_BYTES, -(-(start + RANGE_BYTES) // CHUNK_BYTES)):
                    chunk = os.pread(file.fileno(), self._sealed_bytes, number * self._sealed_bytes)
                    self._cipher.decrypt(self._nonce, chunk, None)


def measure_opening(copy: Copy, plain: Plain, ranges: int) -> tuple[Took, Took]:
    """Opens ranges of a copy, and as many chunks beside it."""
    starts = random.Random(1).choices(range(FILE_BYTES - RANGE_BYTES), k=ranges)
    return timed(partial(open_ranges, copy, starts)), timed(partial(plain.open_ranges, starts))


def row(name: str, took: Sequence[Took], limit: Sequence[Took], megabytes: float) -> tuple[str, ...]:
    """Medians; the ratios are medians of the rounds' own."""
    ratios = [(each.wall / least.wall, each.cpu / least.cpu) for each, least in zip(took, limit, strict=True)]
    wall, cpu = (f"{median(column):.2f}" for column in zip(*ratios, strict=True))
    return (name, f"{megabytes / median(each.wall for each in took):.0f}", wall, cpu)


def show(what: str, limit: str, megabytes: float, sides: dict[str, Sequence[Took]]) -> None:
    """Prints each side beside one of them."""
    rows = (row(name, took, sides[limit], megabytes) for name, took in sides.items())
    report.table((f"{what}, {megabytes:.0f} MB", "MB/s", f"to {limit}", "CPU to it"), *rows)


def show_sealing(name: str, rounds: Sequence[Round], n_files: int) -> None:
    sides = {
        "AES-256-GCM alone": [each.cipher for each in rounds],
        "copied, synced, hashed": [each.copy for each in rounds],
        "both": [each.limit for each in rounds],
        "sealed by the vault": [each.seal for each in rounds],
    }
    show(name, "both", n_files * FILE_BYTES / 1e6, sides)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    print(f"Sealing, and opening what was sealed; {machine.describe()}")
    os.sched_setaffinity(0, {machine.cores()[0]})
    with tempfile.TemporaryDirectory() as directory, (site := Site(Path(directory))).app():
        owner = demo.bots(now())[WREN]
        bench = Bench(Path(directory), owner, site.settings.recordings_dir, 1 + plan.tracks)
        plain = Plain(Path(directory) / "plain")
        mixes, wholes, opened = [], [], []
        for _ in range(plan.rounds):
            mix, copy = bench.measure(bench.names[:1])
            mixes.append(mix)
            wholes.append(bench.measure(bench.names)[0])
            opened.append(measure_opening(copy, plain, plan.ranges))
            clear(site.settings.vault_dir)
    show_sealing("a mix", mixes, 1)
    show_sealing(f"a mix and {plan.tracks} tracks", wholes, len(bench.names))
    vault_s, plain_s = zip(*opened, strict=True)
    sides = {"read and decrypted": plain_s, "opened by the vault": vault_s}
    show("opened, 1 MiB at a time", "read and decrypted", plan.ranges * RANGE_BYTES / 1e6, sides)


def clear(directory: Path) -> None:
    for path in directory.iterdir():
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
