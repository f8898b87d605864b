"""Why a start has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...actor._cancellation import is_cancellation
from .._errors import EndedBeforeReady, StartCancelled, StartTimeout
from ..spec import Kind

if TYPE_CHECKING:
    from ._runner import Runner


def start_error(runner: Runner, failure: BaseException | None) -> BaseException:
    """Say why the incarnation did not become ready."""
    assert runner.scope is not None
    path = "/".join(runner.path)
    if runner.stop_at is not None:
        return StartCancelled(child=path)
    timeout = runner.spec.start_timeout
    if timeout is not None and runner.timed_out and (failure is None or is_cancellation(failure)):
        return StartTimeout(child=path, seconds=timeout)
    if failure is not None:
        return failure
    if runner.kind is Kind.SUPERVISOR:
        return StartCancelled(child=path)  # it was stopped by its own handle
    return EndedBeforeReady(child=path)
