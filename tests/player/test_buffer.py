from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from vidstudio.player.buffer import Buffer


def produce(buffer: Buffer[Iterator[int], int]) -> threading.Thread:
    def main() -> None:
        generation = 0
        while (newest := buffer.next_plan(generation)) is not None:
            generation, numbers = newest
            for number in numbers:
                if not buffer.put(generation, (number,), number):
                    break
            else:
                buffer.end(generation)

    thread = threading.Thread(target=main)
    thread.start()
    return thread


def wait_ready(buffer: Buffer[Iterator[int], int], key: int) -> None:
    tick = threading.Event()
    for _ in range(2000):
        if buffer.ready((key,)):
            return
        tick.wait(0.001)
    raise AssertionError("nothing came")


def test_it_is_bounded_and_gives_all_up_to_what_is_due() -> None:
    buffer: Buffer[Iterator[int], int] = Buffer(3)
    thread = produce(buffer)
    buffer.aim(iter(range(10)))
    wait_ready(buffer, 2)
    assert not buffer.holds((3,))
    assert buffer.take((1,)) == ([((0,), 0), ((1,), 1)], True)
    wait_ready(buffer, 4)
    assert buffer.take((1,)) == ([], True)
    assert [key for key, _ in buffer.take((4,))[0]] == [(2,), (3,), (4,)]
    wait_ready(buffer, 7)
    taken = buffer.take((7,))[0] + (wait_ready(buffer, 9), buffer.take((99,)))[1][0]
    assert [number for _, number in taken] == [5, 6, 7, 8, 9]
    wait_ready(buffer, 99)  # it has ended
    assert buffer.take((99,)) == ([], True)
    buffer.close()
    thread.join()


def test_nothing_of_an_older_generation_gets_through() -> None:
    buffer: Buffer[Iterator[int], int] = Buffer(2)
    thread = produce(buffer)
    for start in range(0, 200_000, 100):
        buffer.aim(iter(range(start, start + 100)))
        taken, _ = buffer.take((10**9,))
        assert all(start <= number < start + 100 for _, number in taken)
    buffer.close()
    thread.join()


def test_a_late_frame_is_refused_at_once() -> None:
    buffer: Buffer[str, str] = Buffer(1)
    old = buffer.aim("old")
    assert buffer.put(old, (1,), "x")
    new = buffer.aim("new")
    assert not buffer.wanted(old)
    assert not buffer.put(old, (2,), "x")
    buffer.end(old)
    assert not buffer.ready((1,))
    assert buffer.next_plan(old) == (new, "new")


def test_closing_wakes_a_producer_that_waits_for_room() -> None:
    buffer: Buffer[Iterator[int], int] = Buffer(1)
    thread = produce(buffer)
    buffer.aim(iter(range(5)))
    wait_ready(buffer, 0)
    buffer.close()
    buffer.close()
    thread.join(5)
    assert not thread.is_alive()
    assert buffer.next_plan(0) is None
    assert buffer.take((9,)) == ([], False)


def test_a_rest_is_taken_where_enough_is_held_and_ends_with_the_plan() -> None:
    buffer: Buffer[int, int] = Buffer(8)
    generation = buffer.aim(0)
    buffer.put(generation, (0,), 0)
    began = time.monotonic()
    buffer.rest(generation, 60, enough=2)  # it would be seen: nothing ends it
    buffer.put(generation, (1,), 1)
    buffer.rest(generation, 0.05, enough=2)
    assert 0.05 <= time.monotonic() - began < 30
    again = threading.Timer(0.05, lambda: buffer.aim(1))
    again.start()
    buffer.rest(generation, 60, enough=2)
    assert time.monotonic() - began < 30, "what is shown next waits for no rest"
    again.join()
    buffer.close()
    buffer.rest(generation + 1, 60, enough=0)
    assert time.monotonic() - began < 30
