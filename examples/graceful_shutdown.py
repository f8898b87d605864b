"""Ctrl-C or SIGTERM: the door is closed first, what was ordered is cooked, then the book is closed.

The last child started is the first to stop, each within its grace: the door hears of it and ends by
itself, the kitchen first handles the orders that wait, the till what the kitchen has told it; then it closes
its book. A second Ctrl-C is a KeyboardInterrupt when all is closed, a third one cancels everybody at once.
(The example closes after half a second in any case.)

Try breaking it: leave out a ``drain=5.0``. The orders that waited are dead letters now, and counted.
"""

import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

import trio_smith as smith


@smith.message
class Order:
    """One dish."""

    number: int


class Till(smith.Actor[Order]):
    """Keeps a book open for as long as it lives."""

    @asynccontextmanager
    async def lifespan(self, _context: smith.Context) -> AsyncGenerator[None, None]:
        """Open the book, and close it whatever happens."""
        self.served = 0
        try:
            yield
        finally:
            print(f"till: {self.served} dishes served, book closed")

    @smith.on(Order)
    def enter(self, _order: Order) -> None:
        """Enter a dish that was served."""
        self.served += 1


class Kitchen(smith.Actor[Order]):
    """Cooks one dish after another."""

    def __init__(self, till: smith.Ref[Order]) -> None:
        self.till = till

    @smith.on(Order)
    async def cook(self, order: Order) -> None:
        """Take twice as long as a guest takes to order."""
        await trio.sleep(0.02)
        await self.till.tell(order)


async def take_orders(kitchen: smith.Ref[Order]) -> None:
    """Take orders until asked to stop; whoever takes `stopping` is asked, and not cancelled at once."""
    closing, number = smith.stopping(), 0
    while not closing.is_set():
        number += 1
        await kitchen.tell(Order(number))
        await trio.sleep(0.01)
    print(f"door: closed after {number} orders")


async def main() -> None:
    """Open, wait for a signal, close in order."""
    async with smith.open_supervisor() as supervisor:
        till = await supervisor.start(Till, name="till", drain=5.0)
        kitchen = await supervisor.start(Kitchen, till, name="kitchen", drain=5.0)
        await supervisor.start(take_orders, kitchen, name="door")
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals, trio.move_on_after(0.5):
            print("open, press Ctrl-C to close", flush=True)
            print(f"{signal.Signals(await anext(signals)).name}: closing", flush=True)
        await supervisor.stop()  # the door, the kitchen, the till
    print(f"orders lost: {supervisor.system.dead_letters.total}")


if __name__ == "__main__":
    trio.run(main)
