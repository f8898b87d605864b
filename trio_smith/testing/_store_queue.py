"""Promises of stores about queues and durable timers."""

from __future__ import annotations

import trio

from ..store._errors import ClaimLost
from ..store.words import TIMERS_PREFIX, Enqueue, Job, QueueStatistics
from ._channel_pair import must
from ._store_promise import StorePromise, StoreUnderTest, must_be, must_raise_from


async def _one(under: StoreUnderTest, *, lease: float = 30.0) -> Job:
    claimed = await under.store.queue.claim("q", lease=lease)
    must(len(claimed) == 1, f"a claim gave {claimed!r}, and one job was due")
    return claimed[0]


async def _order(under: StoreUnderTest) -> None:
    queue = under.store.queue
    must_be(await queue.claim("q", limit=5), (), "a claim from an empty queue")
    ids = await queue.enqueue_many("q", [1, {"two": 2}, b"\xff"])
    must(len(set(ids)) == 3 and list(ids) == sorted(ids), f"three jobs got the ids {ids}")
    await queue.enqueue("other", 4)
    must_be([job.value for job in await queue.claim("q", limit=2)], [1, {"two": 2}], "the first claim")
    (last,) = await queue.claim("q", limit=2)
    must_be(
        (last.data, last.queue, last.id, last.attempts, last.name), (b"\xff", "q", ids[2], 1, None), "a job"
    )
    must_be(await queue.claim("q"), (), "a claim when all are claimed")


async def _oldest_first(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", "late", delay=2.0)
    await queue.enqueue("q", "soon", delay=1.0)
    must_be(await queue.claim("q"), (), "a claim before anything is due")
    await under.advance(5.0)
    must_be([job.value for job in await queue.claim("q")], ["soon"], "the first claim")
    must_be([job.value for job in await queue.claim("q")], ["late"], "the second claim")


async def _delay(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1, delay=10.0)
    await under.advance(9.9)
    must_be(await queue.claim("q"), (), "a claim 0.1 s too early")
    await under.advance(0.1 + 1e-6)
    await _one(under)


async def _completed(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1)
    job = await _one(under)
    await queue.complete(job)
    await under.advance(10_000)
    must_be(await queue.claim("q"), (), "a claim after the job was completed")
    error = await must_raise_from(ClaimLost, queue.complete(job), "completing it again")
    must_be((error.queue, error.job, error.claim), ("q", job.id, job.claim), "the loss")


async def _comes_again(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1)
    first = await _one(under, lease=10.0)
    await under.advance(9.9)
    must_be(await queue.claim("q"), (), "a claim while somebody else's lasts")
    await under.advance(0.2)
    second = await _one(under)
    must_be((second.id, second.attempts), (first.id, 2), "the job that came again")
    must(second.claim > first.claim, f"the claim went from {first.claim} to {second.claim}")
    await must_raise_from(ClaimLost, queue.complete(first), "completing with a claim that ran out")
    await must_raise_from(ClaimLost, queue.fail(first, "no"), "failing with a claim that ran out")
    await must_raise_from(ClaimLost, queue.bury(first, "no"), "burying with a claim that ran out")
    await must_raise_from(ClaimLost, queue.renew(first), "renewing a claim that ran out")
    await queue.complete(second)


async def _renewed(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1)
    job = await _one(under, lease=10.0)
    await under.advance(8.0)
    until = await queue.renew(job, lease=10.0)
    must(abs(until - job.until - 8.0) < 1e-3, f"the claim ended at {job.until}, and was renewed to {until}")
    await under.advance(8.0)
    must_be(await queue.claim("q"), (), "a claim while a renewed one lasts")
    await queue.complete(job)


async def _failed(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1, max_attempts=3)
    for attempt in (1, 2):
        job = await _one(under)
        must_be(job.attempts, attempt, "the number of attempts")
        must_be(await queue.fail(job, "not yet", retry_in=5.0), False, "a failure with attempts left")
        await must_raise_from(ClaimLost, queue.fail(job, "twice", retry_in=5.0), "failing twice")
        await under.advance(4.9)
        must_be(await queue.claim("q"), (), "a claim before the retry is due")
        await under.advance(0.2)
    must_be(await queue.fail(await _one(under), "never", retry_in=5.0), True, "the last failure")
    await under.advance(100.0)
    must_be(await queue.claim("q"), (), "a claim after the last failure")
    (dead,) = await queue.dead_letters("q")
    must_be((dead.value, dead.attempts, dead.reason, dead.queue), (1, 3, "never", "q"), "the dead letter")


async def _retried_later(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", 1)
    must_be(await queue.fail(await _one(under), "no"), False, "a first failure")
    must_be(await queue.claim("q"), (), "a claim at once after a failure")
    await under.advance(2.0)
    await _one(under)


async def _poison(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue("q", "poison", max_attempts=2)
    await queue.enqueue("q", "healthy", delay=5.0)
    for _ in range(2):
        must_be((await _one(under, lease=1.0)).value, "poison", "the claim")
        await under.advance(1.5)
    await under.advance(5.0)
    must_be((await _one(under)).value, "healthy", "the claim after two that nobody ended")
    (dead,) = await queue.dead_letters("q")
    must_be((dead.value, dead.attempts), ("poison", 2), "the dead letter")
    must("poison" in dead.reason, f"the reason is {dead.reason!r}")


async def _buried(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue_many("q", range(4))
    for job in await queue.claim("q", limit=4):
        await queue.bury(job, f"because {job.value}")
    dead = await queue.dead_letters("q")
    must_be([(one.value, one.reason) for one in dead], [(n, f"because {n}") for n in range(4)], "the letters")
    ids = [one.id for one in dead]
    must_be([one.id for one in await queue.dead_letters("q", after=ids[1], limit=1)], ids[2:3], "a part")
    must_be(await queue.dead_letters("other"), (), "the dead letters of another queue")
    must_be(await queue.discard("q", [ids[0], 10**9]), 1, "discarding")
    must_be(await queue.discard("other", ids), 0, "discarding from another queue")
    must_be(len(await queue.replay("q", [ids[1], ids[0]])), 1, "replaying two of which one is gone")
    replayed = await _one(under)
    must_be((replayed.value, replayed.attempts), (1, 1), "what was replayed")
    must_be(len(await queue.replay("q", limit=1)), 1, "replaying the oldest")
    must_be((await _one(under)).value, 2, "the oldest")
    must_be(len(await queue.replay("q")), 1, "replaying the rest")
    must_be(await queue.dead_letters("q"), (), "the letters left")


async def _counted(under: StoreUnderTest) -> None:
    queue = under.store.queue
    must_be(await queue.statistics("q"), QueueStatistics(ready=0, later=0, dead=0), "an empty queue")
    await queue.enqueue_many("q", range(3))
    await queue.enqueue("q", 3, delay=5.0)
    await queue.bury(await _one(under), "no")
    await _one(under)
    must_be(await queue.statistics("q"), QueueStatistics(ready=1, later=2, dead=1), "the statistics")


async def _shared(under: StoreUnderTest) -> None:
    queue, got = under.store.queue, list[object]()
    await queue.enqueue_many("q", range(100))

    async def work() -> None:
        while jobs := await queue.claim("q", limit=3):
            got.extend(job.value for job in jobs)
            await queue.complete(*jobs)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(work)
    must_be(sorted(map(str, got)), sorted(map(str, range(100))), "what eight workers claimed")


async def _all_or_none(under: StoreUnderTest) -> None:
    queue = under.store.queue
    await queue.enqueue_many("q", range(2))
    first, second = await queue.claim("q", limit=2)
    await queue.complete(first)
    await must_raise_from(ClaimLost, queue.complete(second, first), "completing with one that is gone")
    await queue.enqueue("q", 3)
    await must_raise_from(
        ClaimLost, queue.complete(second, second), "completing one job twice in a single write"
    )
    await queue.complete(second)


async def _waited(under: StoreUnderTest) -> None:
    queue, got = under.store.queue, list[object]()
    must_be(await queue.claim("q", wait=0.01), (), "a claim that waited in vain")

    async def claim() -> None:
        got.extend(job.value for job in await queue.claim("q", wait=60.0))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(claim)
        await trio.testing.wait_all_tasks_blocked()
        await under.store.commit(Enqueue("q", ["here"]))
    must_be(got, ["here"], "a claim that waited")


async def _timers(under: StoreUnderTest) -> None:
    timers, queue = under.store.timers, under.store.queue
    await timers.set("a", {"n": 1}, delay=5.0)
    await timers.set("b", delay=9.0)
    await timers.set("c", delay=1.0, group="other")
    must_be(await timers.claim(limit=5), (), "timers that are not due")
    await timers.set("a", "replaced", delay=7.0)
    await under.advance(6.0)
    must_be(await timers.claim(limit=5), (), "a timer that was replaced by a later one")
    await under.advance(1.5)
    (due,) = await timers.claim(limit=5, lease=1.0)
    must_be((due.name, due.value, due.attempts), ("a", "replaced", 1), "the timer that is due")
    must_be(await timers.cancel("b"), True, "cancelling")
    must_be(await timers.cancel("b"), False, "cancelling again")
    await under.advance(10.0)
    (again,) = await timers.claim(limit=5)
    must_be((again.name, again.attempts), ("a", 2), "the timer that nobody ended")
    await timers.set("a", "anew", delay=0.0)
    await must_raise_from(ClaimLost, queue.complete(again), "ending a timer that was set anew")
    (anew,) = await timers.claim(limit=5)
    must_be((anew.name, anew.value, anew.attempts), ("a", "anew", 1), "the timer that was set anew")
    await queue.complete(anew)
    must_be([one.name for one in await timers.claim(group="other")], ["c"], "the other group")


async def _timer_replayed(under: StoreUnderTest) -> None:
    timers, queue = under.store.timers, under.store.queue
    for name in ("a", "b", "a"):
        await timers.set(name, f"old {name}", delay=0.0)
        for job in await timers.claim(limit=5):
            await queue.bury(job, "no")
    named = f"{TIMERS_PREFIX}default"
    await queue.enqueue(named, "plain")
    await queue.bury((await timers.claim())[0], "no")
    letters = await queue.dead_letters(named)
    must_be([letter.name for letter in letters], ["a", "b", "a", None], "the names of dead letters")
    await timers.set("b", "new b", delay=0.0)
    ids = [letter.id for letter in letters]
    new = await queue.replay(named, [ids[3], ids[2], ids[1], ids[0], ids[2]])
    must(len(new) == 4 and sorted(new) == list(new), f"replaying four gave {new!r}")
    there = {job.id: (job.name, job.value) for job in await timers.claim(limit=9)}
    wanted = [(None, "plain"), ("a", "old a"), (None, "old b"), (None, "old a")]
    must_be([there.pop(one, None) for one in new], wanted, "what was replayed")
    must_be(list(there.values()), [("b", "new b")], "the timer that was set meanwhile")
    must_be(await timers.cancel("a"), True, "cancelling a timer that was replayed")


QUEUE_PROMISES = (
    StorePromise(sentence="jobs are claimed in order, and each by one", check=_order),
    StorePromise(sentence="what was due first is claimed first", check=_oldest_first),
    StorePromise(sentence="a delayed job is not claimed before its time", check=_delay),
    StorePromise(sentence="a completed job never comes again", check=_completed),
    StorePromise(
        sentence="a job that nobody ends comes again, and the old claim is void", check=_comes_again
    ),
    StorePromise(sentence="a claim can be renewed", check=_renewed),
    StorePromise(sentence="a failed job comes again at its time, until it is a dead letter", check=_failed),
    StorePromise(sentence="a failed job waits before it comes again", check=_retried_later),
    StorePromise(sentence="a job that is claimed and never ended is buried as poison", check=_poison),
    StorePromise(sentence="dead letters are read, discarded and replayed", check=_buried),
    StorePromise(sentence="a queue is counted", check=_counted),
    StorePromise(sentence="many workers share the jobs of a queue, each job once", check=_shared),
    StorePromise(sentence="jobs that are completed together are all completed or none", check=_all_or_none),
    StorePromise(sentence="a claim waits for a job", check=_waited),
    StorePromise(sentence="a timer comes due once it is time, and until it is ended", check=_timers),
    StorePromise(sentence="a replayed timer has its name, unless a newer one took it", check=_timer_replayed),
)
