"""The common ground of the tests: an empty database for each, one server for all, a clock that stands still."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pymongo import MongoClient
from redis import Redis

from tests.clock import FixedClock


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_starts_with_nothing(
    time: str, mongodb_client: MongoClient[dict[str, object]], database_name: str, redis_url: str
) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", time)
    assert mongodb_client[database_name].list_collection_names() == []
    mongodb_client[database_name]["left"].insert_one({"by": time})


def test_business_time_stands_until_moved_while_the_machine_goes_on(clock: FixedClock) -> None:
    before, wall = clock.now(), clock.wall()
    assert clock.now() == before
    assert clock.move(hours=1, minutes=5) == clock.now() == before + timedelta(minutes=65)
    assert clock.wall() - wall < timedelta(minutes=1)
    clock.move_wall(minutes=2)
    assert clock.wall() - wall >= timedelta(minutes=2)
    assert clock.now() == before + timedelta(minutes=65)
