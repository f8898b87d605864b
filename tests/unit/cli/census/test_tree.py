"""The tree of the census at work: crashes, escalations, back-pressure, and an orderly stop."""

import io
from collections import Counter
from pathlib import Path

import attrs
import pytest
import trio

import trio_smith as smith
from trio_smith.cli.census import _tree
from trio_smith.cli.census._ledger import Ledger
from trio_smith.cli.census._messages import DELIVERIES
from trio_smith.cli.census._notebook import NoNotebook
from trio_smith.cli.census._parser import Parser
from trio_smith.cli.census._plain import plain_count
from trio_smith.cli.census._saboteur import Sabotaged, Saboteur
from trio_smith.cli.census._screen import Screen
from trio_smith.cli.census._source import Place, Source
from trio_smith.cli.census._tally import Tally
from trio_smith.cli.census._tree import Assignment, intensity, take_census

FILES = 60
IN_STOP_ORDER = ["scanner", "parser-4", "parser-3", "parser-2", "parser-1", "reporter", "aggregator"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place of sixty small files."""
    for number in range(FILES):
        folder = tmp_path / str(number % 7)
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}.py").write_text("def f():\n    pass\n" * number, "utf-8")
    return Place(root=tmp_path)


@attrs.define
class Census:
    """One census and what it left behind."""

    assignment: Assignment
    ledger: Ledger = attrs.field(factory=Ledger)
    tally: Tally = attrs.field(factory=Tally)
    err: io.StringIO = attrs.field(factory=io.StringIO)

    async def take(self) -> None:
        """Take it."""
        screen = Screen(out=None, err=self.err, quiet=False)
        await take_census(
            self.assignment, ledger=self.ledger, notebook=NoNotebook(), tally=self.tally, screen=screen
        )

    def assert_complete(self) -> None:
        """Nothing is lost, nothing is double, and all numbers are right."""
        plain = plain_count(self.assignment.place, lambda _: None)
        assert Counter(self.ledger.entries) == Counter(plain)


def census(place: Place, *, rate: float = 0.0, seed: int = 7, parsers: int = 4) -> Census:
    """Return one to be taken."""
    saboteur = Saboteur(rate=rate, seed=seed, deliveries=DELIVERIES)
    return Census(Assignment(place=place, parsers=parsers, saboteur=saboteur))


@pytest.mark.parametrize("parsers", [1, 4, 70])
@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 1.0])
async def test_crashes_change_nothing_but_the_time(place: Place, rate: float, parsers: int) -> None:
    """Whatever the rate and the number of parsers: the right result, and the planned crashes."""
    one = census(place, rate=rate, parsers=parsers)
    await one.take()
    one.assert_complete()
    planned = one.assignment.saboteur.crashes(one.ledger.paths)
    assert one.tally.crashes == one.tally.restarts == planned
    assert one.tally.strange == []
    assert (planned == 0) == (rate == 0)


async def test_the_tree_stops_in_reverse_order(place: Place) -> None:
    """Who feeds others stops before them. The scanner has finished by itself."""
    one = census(place, parsers=2)
    await one.take()
    assert list(one.tally.ended) == ["parser-2", "parser-1", "reporter", "aggregator"]


@attrs.frozen(kw_only=True)
class Vandal(Saboteur):
    """One who goes by no plan: he fells the next *left* deliveries to *handler*."""

    handler: str
    left: list[int]

    def over(self, handler: str, subject: str, *, delivery: int) -> object:
        """Crash, if it is the handler and there is a crash left."""
        if handler == self.handler and self.left[0] > 0:
            self.left[0] -= 1
            raise Sabotaged(subject)
        return super().over(handler, subject, delivery=delivery)


@pytest.mark.parametrize("handler", ["parse", "add"])
async def test_nothing_is_lost_when_supervisors_give_up(
    place: Place, handler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The branch above starts them anew, with empty mailboxes, and the scanner hands out what is missing."""
    monkeypatch.setattr(_tree, "intensity", lambda _: 3)
    vandal = Vandal(rate=0.0, seed=1, deliveries=DELIVERIES, handler=handler, left=[6])
    one = Census(Assignment(place=place, parsers=3, saboteur=vandal))
    await one.take()
    one.assert_complete()
    assert any("gave up" in text for text in one.tally.strange)


async def test_parsers_do_not_outlive_the_aggregator_that_they_know(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ref ends with the supervisor of its actor: who comes after that supervisor is restarted with it."""
    intensities = {"results": 3, "parsers": 1_000}
    monkeypatch.setattr(_tree, "intensity", lambda _: intensities.pop(next(iter(intensities))))
    vandal = Vandal(rate=0.0, seed=1, deliveries=DELIVERIES, handler="add", left=[4])
    one = Census(Assignment(place=place, parsers=3, saboteur=vandal))
    await one.take()
    one.assert_complete()
    assert one.tally.by_child["results"] == 1


async def test_a_restarted_scanner_hands_out_only_what_is_missing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the ledger is not counted again; what was in flight is."""
    monkeypatch.setattr(_tree, "intensity", lambda _: 3)
    vandal = Vandal(rate=0.0, seed=1, deliveries=DELIVERIES, handler="parse", left=[0])
    one, count, calls = Census(Assignment(place=place, parsers=1, saboteur=vandal)), Place.count, 0

    def counted(self: Place, source: Source) -> object:
        nonlocal calls
        calls += 1
        if calls == 40:
            vandal.left[0] = 4
        return count(self, source)

    monkeypatch.setattr(Place, "count", counted)
    await one.take()
    assert one.tally.by_child["scanner"] + one.tally.by_child["parsers"] >= 1
    assert calls <= FILES + Parser.mailbox_capacity + 2
    one.assert_complete()


async def test_what_does_not_get_better_ends_the_census(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarts are no cure for a broken aggregator: each level gives up in its turn."""
    monkeypatch.setattr(_tree, "intensity", lambda _: 3)
    vandal = Vandal(rate=0.0, seed=1, deliveries=DELIVERIES, handler="add", left=[10**6])
    one = Census(Assignment(place=place, parsers=3, saboteur=vandal))
    with pytest.raises(smith.RestartIntensityExceeded) as caught:
        await one.take()
    assert caught.value.supervisor == "census"
    assert one.ledger.entries == []


async def test_files_in_flight_are_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scanner waits for the parsers: it is never more than their mailboxes ahead of them."""
    handed_out = counted = ahead = 0
    sources, count = Place.sources, Place.count

    def watched_sources(self: Place) -> object:
        nonlocal handed_out, ahead
        for source in sources(self):
            handed_out += 1
            ahead = max(ahead, handed_out - counted)
            yield source

    def watched_count(self: Place, source: Source) -> object:
        nonlocal counted
        counted += 1
        return count(self, source)

    monkeypatch.setattr(Place, "sources", watched_sources)
    monkeypatch.setattr(Place, "count", watched_count)
    await census(place, parsers=2).take()
    assert counted == FILES
    # Besides what waits: the one in each parser's hand, and the one that the scanner wants to be rid of.
    assert ahead <= 2 * (Parser.mailbox_capacity + 1) + 1


async def test_a_cancelled_census_stops_in_order(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline round it, or Ctrl-C in the body: what was counted by then is in the ledger."""
    one = census(place)
    with trio.CancelScope() as scope:
        count = Place.count

        def cancel_at_twenty(self: Place, source: Source) -> object:
            if len(one.ledger.entries) >= 20:
                scope.cancel()
            return count(self, source)

        monkeypatch.setattr(Place, "count", cancel_at_twenty)
        await one.take()
    assert scope.cancelled_caught
    assert 20 <= len(one.ledger.entries) < FILES
    assert list(one.tally.ended) == IN_STOP_ORDER


async def test_ctrl_c_in_a_parser_ends_the_census(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes out of whoever has the thread, restarts nobody, and leaves as itself."""
    one, count, presses = census(place), Place.count, [KeyboardInterrupt()]

    def interrupted(self: Place, source: Source) -> object:
        if presses and len(one.ledger.entries) >= 20:
            raise presses.pop()
        return count(self, source)

    monkeypatch.setattr(Place, "count", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await one.take()
    (hit,) = one.tally.interrupted
    others = [name for name in IN_STOP_ORDER if name != hit]
    assert (one.tally.restarts, list(one.tally.ended)) == (0, others)


async def test_the_reporter_says_how_far_it_has_come(
    place: Place, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    """Once a second: here each file takes 0.13 s."""
    one = census(place, parsers=1)
    parse = Parser.parse

    async def slow(self: Parser, message: object) -> None:
        await trio.sleep(0.13)
        await parse(self, message)

    monkeypatch.setitem(
        Parser.__handlers__,
        next(kind for kind in Parser.__handlers__ if kind.__name__ == "Parse"),
        (slow, next(entry[1] for kind, entry in Parser.__handlers__.items() if kind.__name__ == "Parse")),
    )
    await one.take()
    lines = [line for line in one.err.getvalue().splitlines() if line.startswith("supervised: ")]
    assert [line.split()[1] for line in lines[:5]] == ["7", "15", "23", "30", "38"]


@pytest.mark.parametrize(("rate", "restarts"), [(0.0, 3), (0.05, 2503), (1.0, 50_003)])
def test_the_intensity_goes_with_the_crash_rate(rate: float, restarts: int) -> None:
    """Without sabotage it is the usual one."""
    assert intensity(rate) == restarts
