"""The examples are what people copy: each runs by itself, shows what it promises, and stays short."""

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import Final

import pytest

import trio_smith
from tests.examples.program import EXAMPLES, ROOT, assert_runs

LONGEST: Final = 85

SHOWN: Final = {
    "hello_tree": (
        r"hello  \[supervisor one_for_one, running\]",
        r"├─ greeter  \[actor Greeter, running\]",
        r"└─ watchman  \[function watch, running.*\]",
        r"Hello Grace, you are number 2",
        r"crashed: there is nobody to greet",
        r"Hello Barbara, you are number 1",
        r"hello  \[supervisor one_for_one, running, 1 recent restart\]",
        r"├─ greeter  \[actor Greeter, running, incarnation 2\]",
    ),
    "three_strategies": (
        r"one_for_one +one_for_all +rest_for_one",
        r"b crashes +b crashes +b crashes",
        r"b starts +c stops +c stops",
        r" +a stops +b starts",
        r" +a starts +c starts",
        r" +b starts",
        r" +c starts",
    ),
    "back_pressure": (
        r"wait +40 +0 +0   1 to 40",
        r"refuse +8 +32 +0   1 to 8",
        r"drop_oldest +8 +0 +32   33 to 40",
        r"drop_newest +8 +0 +32   1 to 8",
        r"dead letters, kept and countable: 64",
    ),
    "ask_and_deadlines": (
        r"withdraw 30: 70",
        r"withdraw 500: refused, 500 of 70",
        r"withdraw 20, slowly: no answer in time",
        r"  but the handler went on; the balance is 50",
        r"  the forecast was left, and cleaned up",
        r"the actor is free again; withdraw 50: 0",
    ),
    "poison_message": (
        r"delivery 1 of Parse\(text='1'\)",
        r"delivery 2 of Parse\(text='two'\)",
        r"delivery 3 of Parse\(text='two'\)",
        r"dead letter: Parse\(text='two'\), poison after 3 deliveries,",
        r"  by failure [0-9a-f]{12}",
        r"delivery 1 of Parse\(text='3'\)",
        r"1: 1",
        r"two: ActorCrashed",
        r"3: 3",
    ),
    "pub_sub": (
        r"guest +is out of prices.> after 4 prices",
        r"given up and kept as dead letters: 37",
        r"guest +4 prices: 1 to 4",
        r"sampler +4 prices: 1 to 7",
        r"screen +5 prices: 1 to 30",
        r"archive +30 prices: 1 to 30",
    ),
    "echo_server": (
        r"rude: hello -> hello",
        r"rude: crash -> \(connection lost\)",
    ),
    "chat_server": (
        r"wait \['welcome'\]",
        r"drop_oldest \['welcome'\]",
        r"nonsense \[\]",
        r"crashed \(ValueError: 'nonsense' is not a valid Overflow\)",
        r"heard at once: 100; by the dozer: 1, 100, all: False",
    ),
    "ten_thousand_actors": (
        r" +[\d.]+ s  to start 10,000, each awaited until it is ready",
        r"heard by 10,000",
        r" +[\d.]+ s  for a rumour to run through all",
        r"heard by 10,000",
        r" +[\d.]+ s  for 100 crashes, 100 restarts, and the rumour once more",
        r" +[\d.]+ s  all of it, with the stop in reverse order",
    ),
    "graceful_shutdown": (
        r"open, press Ctrl-C to close",
        r"door: closed after \d+ orders",
        r"till: \d+ dishes served, book closed",
        r"orders lost: 0",
    ),
    "poller": (
        r" 2:04  closed -> open",
        r" 2:04  nobody answers \(gave up after 3 attempts: no more are allowed\)",
        r" 2:14  not now: 12 looks so far, the next in 50 s",
        r" 3:04  open -> half-open",
        r" 3:05  half-open -> open",
        r" 6:05  half-open -> closed",
        r"12:00  the feed was called 6 times while it was down",
    ),
    "work_queue": (
        r"1\+1 = 2",
        r"one\+1 = 2",
        r"2\+two is dead after 3 attempts: invalid literal .*'two'",
        r"mended; 1 replayed",
        r"1\+1 = 2",
        r"2\+two = 4",
        r"one\+1 = 2",
    ),
    "leader_by_lease": (
        r"alice leads, token 1",
        r"bob leads, token 2",
        r"alice is back and was refused: her lease is over",
        r"the orders are: Bob: go right, still",
        r"the leader is: None",
    ),
    "cache_with_ttl": (
        r"watcher: page/home is there",
        r"20 readers, fetched 1",
        r"watcher: page/home is gone",
        r"one more after it had run out, fetched 2",
        r"watcher: page/home is there",
        r"10 counted: 10",
    ),
    "rate_limited_bot": (
        r"mallory asks 17 too many; try again in 10 s",
        r"answers: 25, of them to mallory: 3",
        r"complaints: 0, seconds: 6",
    ),
    "settings_driven": (
        r"app.toml: options.url: it is missing\. .*",
        r"app.toml, line 3: options.evry: there is no such key\. Did you mean every\?",
        r"app.toml, line 4: options.batch: .* Did you mean 64KiB\?",
        r"poll https://example.org/feed every 0.02 s with \*\*\*",
        r"reloaded: True",
        r"poll https://example.org/feed every 0.01 s with \*\*\*",
        r"exit code 0",
    ),
    "supervised_subprocess": (
        r"process number 1 speaks",
        r"crashed: the process",
        r"process number 2 speaks",
        r"ended: the process",
        r"processes: 2 left: 0",
    ),
    "psycopg_on_trio": (
        r"alice 30, bob 70",
        r"alice has no 500 to give",
        r"alice 30, bob 70",
        r"called off after 0\.\d s",
        r"connections opened: [123], in use: 0",
    ),
    "test_with_virtual_clock": (
        r"ok,  0.3 virtual minutes: test_a_feed_that_is_down_is_tried_again_at_growing_distances",
        r"ok, 60.0 virtual minutes: test_a_session_ends_half_an_hour_after_its_last_touch",
    ),
}
"""Lines that an example prints, in this order, as regular expressions; there may be others between them."""

PATHS: Final = sorted(EXAMPLES.glob("*.py"))
each_example = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def missing(output: str, shown: tuple[str, ...]) -> list[str]:
    """Return the expressions of *shown* that no line after the one before matches."""
    lines = iter(output.splitlines())
    return [pattern for pattern in shown if not any(re.fullmatch(pattern, line) for line in lines)]


@each_example
def test_an_example_runs_and_shows_what_it_promises(path: Path) -> None:
    """It is run as the README says, by a Python that takes a warning for an error."""
    output = assert_runs(f"examples/{path.name}")
    assert missing(output, SHOWN[path.stem]) == [], output


def test_the_echo_server_goes_on_serving_the_others() -> None:
    """What three clients print is interleaved by chance, so each one's lines are looked at alone."""
    lines = assert_runs("examples/echo_server.py").splitlines()
    said = {
        name: [line for line in lines if line.startswith(name)] for name in ("ada", "grace", "supervisor")
    }
    assert said["ada"] == ["ada: one -> one", "ada: two -> two", "ada: three -> three"]
    assert said["grace"] == ["grace: eins -> eins", "grace: zwei -> zwei", "grace: drei -> drei"]
    (crash,) = said["supervisor"]
    assert re.fullmatch(r"supervisor: connections/#\d crashed \(ValueError: .*magic word\)", crash)


def test_the_example_of_a_test_is_one() -> None:
    """A fresh pytest collects it, with this project's settings, and both of its tests pass."""
    output = assert_runs(
        "-m", "pytest", "-p", "no:cacheprovider", "-q", "examples/test_with_virtual_clock.py"
    )
    assert "2 passed" in output


def test_every_example_is_known_here() -> None:
    """A new example says in SHOWN what it shows, or nobody would notice when it stops showing it."""
    assert {path.stem for path in PATHS} == set(SHOWN)


@each_example
def test_an_example_is_short_and_invites_to_break_it(path: Path) -> None:
    """One idea in one screen or two; one learns what a thing is for by taking it away."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring is not None
    assert "\n\nTry breaking it: " in docstring


@each_example
def test_an_example_uses_the_public_names_alone(path: Path) -> None:
    """What one has to import from elsewhere cannot be copied into a program of one's own."""
    # Beside ours and the standard library: what we depend on and what options are declared with.
    allowed = {"attrs", "psycopg", "trio", *sys.stdlib_module_names}
    ours = {"trio_smith.store", "trio_smith.store.postgres", "trio_smith.testing.postgres"}
    foreign: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                foreign += [
                    name.name
                    for name in names
                    if name.name.split(".")[0] not in allowed
                    and (name.name, name.asname) != ("trio_smith", "smith")
                ]
            case ast.ImportFrom(module=str(module), names=names) if module in ours:
                public = importlib.import_module(module)
                foreign += [name.name for name in names if not hasattr(public, name.name)]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] not in allowed:
                foreign.append(module)
            case ast.Attribute(value=ast.Name(id="smith"), attr=name) if not hasattr(trio_smith, name):
                foreign.append(f"smith.{name}")
            case ast.Attribute(attr=name) if name.startswith("_") and not name.startswith("__"):
                foreign.append(name)
            case _:
                pass
    assert foreign == []


def test_the_readme_lists_every_example() -> None:
    """One who does not look into the folder finds them all the same."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [path.name for path in PATHS if f"(examples/{path.name})" not in readme] == []
