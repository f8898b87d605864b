"""A bot with two rate limits: one makes its own answers wait, the other refuses those who ask too much.

The chat service takes five messages a second; who sends more is told to go away for half a minute. So each
answer waits for its turn, first come, first served: nothing is lost, and the service has nothing to complain
of. If it complained (another program may use the same account), the answer would be sent again when it says.
And each user may ask three questions at once and then one every ten seconds; who asks more hears when.

Try breaking it: take ``@outgoing`` away and see the complaints; then take ``@again`` away as well.
"""

from collections import Counter, defaultdict, deque

import trio
from trio.testing import MockClock

import trio_smith as smith


class TooManyRequests(Exception):
    """The service's complaint; a retry waits for at least ``retry_after`` seconds."""

    retry_after = 30.0


class Service:
    """Far away, and strict."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque()
        self.received: Counter[str] = Counter()
        self.complaints = 0

    async def take(self, user: str) -> None:
        """Take a message, or complain."""
        now = trio.current_time()
        self.recent.append(now)
        if len(self.recent) > 5 and self.recent.popleft() > now - 1:
            self.complaints += 1
            raise TooManyRequests(f"an answer to {user}")
        await trio.sleep(0.05)
        self.received[user] += 1


service = Service()
again = smith.Retry(on=TooManyRequests, attempts=5)
outgoing = smith.RateLimit(4, waiting=100)  # a little below what is allowed
incoming = defaultdict(lambda: smith.RateLimit(1, per=10.0, burst=3, max_wait=0.0))  # lets nobody wait


@again
@outgoing
async def send(user: str) -> None:
    """Send an answer when it is its turn."""
    await service.take(user)


async def ask(user: str, questions: int) -> None:
    """Ask so many questions at once."""
    async with trio.open_nursery() as answers:
        for number in range(questions):
            try:
                async with incoming[user]:
                    answers.start_soon(send, user)
            except smith.RateLimited as refusal:
                left = questions - number
                print(f"{user} asks {left} too many; try again in {refusal.retry_after:.0f} s")
                break


async def main() -> None:
    """Let twelve users ask at once; one of them asks a lot."""
    async with trio.open_nursery() as users:
        users.start_soon(ask, "mallory", 20)
        for number in range(11):
            users.start_soon(ask, f"user {number}", 2)
    print(f"answers: {service.received.total()}, of them to mallory: {service.received['mallory']}")
    print(f"complaints: {service.complaints}, seconds: {trio.current_time():.0f}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))  # virtual time: all this takes a moment
