"""Ask: one question, one answer of a known type, and what deadlines and errors do to it.

A deadline is Trio's own: a scope round the call. It never tears a handler in the middle, because half a
transfer is worse than a late one; a handler that may be torn says so with ``cancellable=True``.

Try breaking it: take ``raises=`` away. The refusal is a crash of the account now and arrives as
`ActorCrashed`. Catch that too, and see the next withdrawal find a new incarnation with a balance of 100.
"""

import trio

import trio_smith as smith


class InsufficientFunds(Exception):
    """An answer, not a crash: `Withdraw` declares it."""


@smith.message(raises=(InsufficientFunds,))
class Withdraw(smith.Request[int]):
    """Answered by the balance."""

    amount: int
    seconds: float = 0.0


@smith.message
class Forecast(smith.Request[str]):
    """Answered after a long calculation that leaves nothing half done."""


class Account(smith.Actor[Withdraw | Forecast]):
    """Handles one message at a time, so no two withdrawals ever meet."""

    def __init__(self, balance: int) -> None:
        self.balance = balance

    @smith.on(Withdraw)
    async def withdraw(self, message: Withdraw) -> int:
        """Refuse, or book after a while."""
        if message.amount > self.balance:
            raise InsufficientFunds(f"{message.amount} of {self.balance}")
        await trio.sleep(message.seconds)
        self.balance -= message.amount
        return self.balance

    @smith.on(Forecast, cancellable=True)
    async def forecast(self, _message: Forecast) -> str:
        """Calculate for as long as somebody waits for the answer."""
        try:
            await trio.sleep(3600)
        finally:
            print("  the forecast was left, and cleaned up")
        return "rain"


async def main() -> None:
    """Ask five times."""
    async with smith.open_supervisor() as supervisor:
        account = await supervisor.start(Account, 100, name="account")
        print("withdraw 30:", await account.ask(Withdraw(30)))
        try:
            await account.ask(Withdraw(500))
        except InsufficientFunds as refusal:
            print("withdraw 500: refused,", refusal)

        with trio.move_on_after(0.02) as patience:
            await account.ask(Withdraw(20, seconds=0.1))
        print("withdraw 20, slowly: no answer in time" if patience.cancelled_caught else "in time")
        print("  but the handler went on; the balance is", await account.ask(Withdraw(0)))

        with trio.move_on_after(0.02):
            await account.ask(Forecast())
        print("the actor is free again; withdraw 50:", await account.ask(Withdraw(50)))
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
