"""Who is connected, by their sockets."""

from webapp.spaces.presence import Presence


def test_a_person_comes_with_the_first_socket_and_goes_with_the_last() -> None:
    here = Presence()
    assert here.opened(1, 7, conn=100)
    assert not here.opened(1, 7, conn=101)
    assert not here.closed(1, 7, conn=100)
    assert here.people(1) == [7]
    assert here.closed(1, 7, conn=101)
    assert here.people(1) == []


def test_people_are_listed_as_they_came() -> None:
    here = Presence()
    for person in (9, 3, 5):
        here.opened(1, person, conn=person)
    here.opened(2, 4, conn=4)
    assert here.people(1) == [9, 3, 5]


def test_a_socket_that_was_never_seen_changes_nothing() -> None:
    here = Presence()
    assert not here.closed(1, 7, conn=100)
    here.opened(1, 7, conn=100)
    assert not here.closed(1, 7, conn=999)
    assert here.people(1) == [7]


def test_a_person_is_found_wherever_they_have_a_socket() -> None:
    here = Presence()
    for space, person in ((1, 7), (2, 7), (3, 8)):
        here.opened(space, person, conn=space)
    here.opened(1, 7, conn=100)
    assert here.spaces_of(7) == [1, 2]
    here.closed(1, 7, conn=1)
    assert here.spaces_of(7) == [1, 2]
    here.closed(1, 7, conn=100)
    here.forget(3)
    assert (here.spaces_of(7), here.spaces_of(8), here.spaces_of(9)) == ([2], [], [])


def test_a_closed_room_is_empty() -> None:
    here = Presence()
    here.opened(1, 7, conn=100)
    here.forget(1)
    here.forget(1)
    assert here.people(1) == []
    assert not here.closed(1, 7, conn=100)
