"""A fast sender and a slow receiver: what a full mailbox does is chosen, never an accident.

Forty pages are sent at once to a printer that takes a millisecond for each and lets eight wait. The same
printer is tried with each of the four policies.

Try breaking it: raise ``mailbox_capacity`` to 40. All four policies are the same now, until page 41.
"""

import trio

import trio_smith as smith

PAGES = 40


@smith.message
class Page:
    """One page to be printed."""

    number: int


class Printer(smith.Actor[Page]):
    """Slow. ``WAIT`` is the policy unless one says otherwise: the sender is slowed down, nothing is lost."""

    mailbox_capacity = 8

    def __init__(self, printed: list[int]) -> None:
        self.printed = printed

    @smith.on(Page)
    async def print_page(self, message: Page) -> None:
        """Take a millisecond."""
        await trio.sleep(0.001)
        self.printed.append(message.number)


class Refusing(Printer):
    """Tells the sender at once, who may then go elsewhere: for requests that somebody can retry."""

    mailbox_overflow = smith.Overflow.REFUSE


class KeepingTheLatest(Printer):
    """Forgets what has waited longest: for readings where only the news counts."""

    mailbox_overflow = smith.Overflow.DROP_OLDEST


class KeepingTheFirst(Printer):
    """Forgets what comes too late: for logs and samples."""

    mailbox_overflow = smith.Overflow.DROP_NEWEST


async def main() -> None:
    """Send the same pages to each, and count."""
    print(f"{'policy':<12} {'printed':>8} {'refused':>8} {'dropped':>8}   pages on paper")
    async with smith.open_supervisor() as supervisor:
        for kind in (Printer, Refusing, KeepingTheLatest, KeepingTheFirst):
            printed: list[int] = []
            refused = 0
            printer = await supervisor.start(kind, printed, name=kind.__name__.lower())
            for number in range(1, PAGES + 1):
                try:
                    await printer.tell(Page(number))
                except smith.MailboxFull:
                    refused += 1
            await supervisor.stop_child(printer, drain=5.0)  # what waits is printed first
            dropped, policy = printer.statistics().dropped, kind.mailbox_overflow.value
            paper = f"{printed[0]} to {printed[-1]}"
            print(f"{policy:<12} {len(printed):>8} {refused:>8} {dropped:>8}   {paper}")
        print(f"dead letters, kept and countable: {supervisor.system.dead_letters.total}")


if __name__ == "__main__":
    trio.run(main)
