"""The demo's accounts."""

from flask import Flask

from tests.conftest import FrozenClock
from webapp.demo import services
from webapp.demo.script import WREN
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.spaces import services as spaces


def test_the_bots_record_however_far_a_roll_out_is(app: Flask, clock: FrozenClock) -> None:
    host = services.bots(clock.now())[WREN]
    rollout.start(RECORDING, clock.now())
    assert spaces.create_space(host, "Tea", "", True, clock.now()).record
