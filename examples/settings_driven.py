"""An application that is told what to do: typed options, layers, every mistake at once, a reload.

The options are a frozen class; the annotation of a field says how it is written in a file. What is wrong in
any layer comes out together, each with the place where it was written. The tree is run by `open_runtime`,
which ``trio-smith run app.toml`` uses too: there SIGHUP reloads, and SIGTERM stops in order.

Try breaking it: write ``every = 1`` into GOOD, without a unit, and read what you are told.
"""

import os
import tempfile
from pathlib import Path
from typing import ClassVar

import attrs
import trio

import trio_smith as smith


@attrs.frozen(kw_only=True)
class Feed:
    """What the section [options] may say."""

    RULES: ClassVar = (smith.Exclusive("token", "token_file"),)

    url: str
    every: smith.Seconds = smith.option(60.0, about="How often to poll.", at_least=0.01, live=True)
    batch: smith.Bytes = smith.option(65_536, at_most=2**20)
    token: smith.Secret | None = None
    token_file: str | None = None


GOOD = """
[options]
url = "https://example.org/feed"
every = "20ms"
"""
BAD = """
[options]
evry = "20ms"
batch = "64kib"
token_file = "/run/token"
"""


async def poll() -> None:
    """Poll as often as the settings say now, not as they said when this began."""
    while True:
        feed: Feed = smith.current_runtime().settings.options
        print(f"poll {feed.url} every {feed.every:g} s with {feed.token}")
        await trio.sleep(feed.every)


async def main(folder: Path) -> None:
    """Be told something wrong, then something right, then something else."""
    file = folder / "app.toml"
    environment = {"SMITH__OPTIONS__TOKEN": "hunter2"}
    file.write_text(BAD, "utf-8")
    try:
        smith.load_settings(file, options=Feed, environment=environment)
    except smith.BadSettings as error:
        for problem in error.problems:
            print(str(problem).replace(f"{folder}{os.sep}", ""))

    file.write_text(GOOD, "utf-8")
    settings = smith.load_settings(file, options=Feed, environment=environment)
    tree = smith.SupervisorSpec(children=(smith.child(poll, name="poll"),))
    async with smith.open_runtime(settings, tree=tree, configure_logging=False) as runtime:
        await trio.sleep(0.05)
        file.write_text(GOOD.replace("20ms", "10ms"), "utf-8")
        print("reloaded:", runtime.reload())  # SIGHUP does this
        await trio.sleep(0.05)
        runtime.stop()
    print(f"exit code {runtime.exit_code}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        trio.run(main, Path(place))
