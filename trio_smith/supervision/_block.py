"""The ``async with`` blocks that hold a supervisor: where a tree begins and where its failure comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import cast

import trio
from trio.lowlevel import enable_ki_protection

from ..actor._cancellation import is_cancellation
from ..exits import KILLED, STOPPED, Crashed, ExitReason, Ignore, ShutDown, is_fatal, leaves
from ._errors import SignificantEnded, StartFailed, SupervisorStopped
from ._shell import Shell
from ._surrounding import surrounding
from ._system import Observer, System
from .engine import Finish
from .life import besides_left_open
from .spec import ChildSpec, SupervisorSpec


class Block:
    """One block: its body, its supervisor, and what has to come out of it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.body = trio.CancelScope()
        self.errors: list[BaseException] = []
        self.hurried = self.begun = False

    def end_all(self, error: BaseException) -> None:
        """End the block in order, because *error* asks the whole program to end, and let it out."""
        self.interrupt(error)
        self.stop_all()

    def interrupt(self, error: BaseException) -> None:
        """Keep *error*, which asks the whole program to end, and cancel the body."""
        again = any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves(error))
        self.hurried = again and any(is_fatal(one) for one in self.errors)
        self.keep(error)
        self.body.cancel("a child asks the program to end")

    def keep(self, error: BaseException) -> None:
        """Keep *error*, which has to come out; of the wishes to end the program only the first."""
        if any(one is error for one in self.errors):
            return
        if is_fatal(error) and any(is_fatal(one) for one in self.errors):
            self.errors.extend(_beside_fatal(error))
        else:
            self.errors.append(error)

    def stop_all(self) -> None:
        """Stop the children in order; at the second Ctrl-C all at once. They are waited for all the same."""
        self.shell.stop(STOPPED)
        if self.hurried:
            self.shell.kill_all()

    def broken(self, error: BaseException) -> None:
        """End the block at once, because *error* shows that its bookkeeping cannot be trusted any more."""
        self.keep(error)
        self.body.cancel("trio_smith has a bug")
        now = self.shell.system.now()
        for shell in self.shell.below():
            shell.is_broken = True
            shell.engine.abandon()
            for pending in shell.unanswered:
                pending.answer(None, SupervisorStopped(supervisor=shell.name))
            if shell.result is None:
                shell.result = Finish(KILLED)
            shell.wake()
            for runner in shell.runners():
                runner.kill_alone(now)
                runner.close()
                runner.release()

    async def finish(self) -> None:
        """Stop the children in order and wait for them, whatever happens meanwhile."""
        shell = self.shell
        shell.stop(STOPPED)
        while shell.result is None:
            try:
                # Ended by ourselves: every child is cancelled when its grace has passed.
                with trio.CancelScope(shield=True):
                    await shell.wait_ended()
            except KeyboardInterrupt as interrupt:  # a shield does not stop it
                self.end_all(interrupt)

    def outcome(self) -> BaseException | None:
        """Return what has to come out of the block: one failure bare, several as a group."""
        errors = self.errors
        if any(is_fatal(one) for one in errors):
            # The program ends; a scope outside that is cancelled has nothing to catch.
            errors = [one for one in errors if not is_cancellation(one)]
        result = self.shell.result
        if result is not None and isinstance(result.reason, ShutDown):
            why = result.reason.why
            if isinstance(why, BaseException) and not isinstance(why, SignificantEnded) and why not in errors:
                errors = [why, *errors]
        if len(errors) > 1:
            return BaseExceptionGroup(f"supervisor {self.shell.name!r}", errors)
        return errors[0] if errors else None

    def reason(self) -> ExitReason:
        """Say why the supervisor of the block ended."""
        assert self.shell.result is not None
        failures = [error for error in self.errors if not is_cancellation(error)]
        if not failures:
            return self.shell.result.reason
        if not self.begun and isinstance(failures[0], StartFailed | Ignore):
            return ShutDown(failures[0])  # as of any supervisor that did not start
        return Crashed(failures[0])


def _beside_fatal(error: BaseException) -> list[BaseException]:
    """Return what *error* holds besides wishes to end the program: a group of it, or nothing."""
    if not isinstance(error, BaseExceptionGroup):
        return []
    group = cast("BaseExceptionGroup[BaseException]", error)
    _, rest = group.split(lambda one: not isinstance(one, BaseExceptionGroup) and is_fatal(one))
    return [] if rest is None else [rest]


def _members(error: BaseException) -> Sequence[BaseException]:
    """Return what a nursery has put into a group, but for what children have left open."""
    rest = besides_left_open(error)
    if rest is None:
        return ()
    if isinstance(rest, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", rest).exceptions
    return (rest,)


async def _children_of(shell: Shell) -> Sequence[ChildSpec]:
    """Return the children to start with; if that raises, the supervisor's own start has failed."""
    try:
        children = await shell.initial_children()
    except Ignore:
        raise
    except Exception as error:
        raise StartFailed(path=(shell.name,), cause=error) from error
    return children


@asynccontextmanager
@enable_ki_protection
async def run_block(  # noqa: C901, PLR0912, PLR0915 - one block, read from its beginning to its end
    spec: SupervisorSpec,
    observe: Observer | None,
    random: Random | None,
    announce: Callable[[Shell], None] | None = None,
) -> AsyncGenerator[Shell]:
    """Run a supervisor round the body of an ``async with``; *announce* is told of it before it starts."""
    owner = surrounding()
    system = owner.system if owner is not None else System(random)
    subscription = (
        system.events.subscribe(cast("Callable[[object], None]", observe)) if observe is not None else None
    )
    name = spec.name or "root"
    path = () if owner is None else owner.path
    shell = Shell(spec, name=name, path=path, system=system, owner=owner)
    block = shell.own_block = Block(shell)
    if announce is not None:
        announce(shell)
    if owner is not None:
        owner.inner = [*(owner.inner or ()), shell]
    try:
        async with trio.open_nursery() as nursery:
            if owner is None:
                system.open(shell, nursery)
            try:
                with block.body:
                    shell.tell_start()
                    shell.open(nursery, await _children_of(shell))
                    await shell.wait_ready()
                    if shell.engine.stopping:
                        await trio.sleep_forever()  # the body is cancelled already: it never begins
                    block.begun = True
                    yield shell
                    await shell.wait_quiet()
            except BaseException as error:  # noqa: ASYNC103, BLE001 - it comes out below, when all children have ended
                block.keep(error)
            try:
                await block.finish()
            finally:
                if owner is None:
                    await system.close()  # noqa: ASYNC102 - bounded where it waits
    except BaseException as error:  # noqa: ASYNC103, BLE001 - Ctrl-C in the last step, or a bug of ours
        for one in _members(error):
            block.keep(one)
    shell.tell_end(block.reason())
    if subscription is not None:
        subscription.cancel()
    if owner is not None and owner.inner is not None:
        owner.inner = [other for other in owner.inner if other is not shell]
    failure, begun = block.outcome(), block.begun
    if failure is not None:
        try:
            raise failure
        finally:
            del failure, block  # no circle through the traceback
    if not begun:  # it shut itself down while it started: the body is cancelled as soon as it begins
        with trio.CancelScope() as over:  # noqa: ASYNC100 - the body has the checkpoints
            over.cancel("the supervisor of this block has ended")
            yield shell
