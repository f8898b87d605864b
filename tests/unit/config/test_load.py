"""The layers of settings, and where each value came from."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import attrs
import pytest

import trio_smith as smith
from trio_smith.config import Level, Settings, changes, load_again, load_settings, show_settings


@attrs.frozen(kw_only=True)
class Feed:
    """An application's own options."""

    RULES: ClassVar[tuple[object, ...]] = (
        smith.Exclusive("token", "token_file"),
        smith.Needs("user", "token"),
        smith.NotAbove("slowest", "fastest"),
    )
    url: str
    user: str | None = None
    token: smith.Secret | None = smith.option(None, live=True)
    token_file: str | None = None
    fastest: smith.Seconds = 1.0
    slowest: smith.Seconds = smith.option(60.0, live=True)

    def __attrs_post_init__(self) -> None:
        if not self.url.startswith("http"):
            raise ValueError(f"url is {self.url!r}, no web address")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a settings file."""
    path = tmp_path / "app.toml"
    path.write_text('[shutdown]\ndrain = "1s"\ntree = "1s"\nflush = "1s"\n', "utf-8")
    return path


def problems(path: Path | None = None, options: type | None = None, **more: object) -> list[str]:
    """Return what is wrong, without the path of the file."""
    with pytest.raises(smith.BadSettings) as caught:
        load_settings(path, options=options, environment=more, overrides=more.pop("overrides", ()))  # type: ignore[arg-type]
    return [str(one).replace(f"{path}, ", "").replace(f"{path}: ", "") for one in caught.value.problems]


def test_a_later_layer_wins_and_the_origin_is_known(file: Path) -> None:
    """Defaults, file, local file, environment, command line."""
    local = file.with_name("app.local.toml")
    local.write_text('[shutdown]\ntree = "2s"\nflush = "2s"\n', "utf-8")
    settings = load_settings(
        file,
        environment={"SMITH__SHUTDOWN__FLUSH": "3s", "SMITH__LOGGING__LEVEL": "debug", "HOME": "/"},
        overrides=["logging.level=error"],
    )
    assert (settings.shutdown.drain, settings.shutdown.tree, settings.shutdown.flush) == (1.0, 2.0, 3.0)
    assert settings.logging.level is Level.ERROR
    assert settings.app.start_timeout == 60.0
    where = {".".join(key): str(origin) for key, origin in settings.origins.items()}
    assert where["shutdown.drain"] == f"{file}, line 2"
    assert where["shutdown.tree"] == f"{local}, line 2"
    assert where["shutdown.flush"] == "environment, SMITH__SHUTDOWN__FLUSH"
    assert where["logging.level"] == "overrides"
    assert where["app.name"] == "default"


def test_without_anything_there_are_the_defaults() -> None:
    """And they are those of the classes."""
    assert load_settings(environment={}) == Settings()


def test_all_problems_are_told_at_once_each_with_its_origin(file: Path) -> None:
    """Of all layers, also of values that a later layer replaces."""
    file.write_text('[shutdown]\ndrian = "1s"\ntree = 5\n[loging]\n', "utf-8")
    assert problems(file, SMITH__SHUTDOWN__TREE="2s", SMITH__LOGGING__LEVEL="loud", overrides=("x",)) == [
        "line 2: shutdown.drian: there is no such key. Did you mean drain?",
        'line 3: shutdown.tree: 5 has no unit. Write a text with a unit: "5s".',
        "line 4: loging: there is no section [loging]. Did you mean [logging]?",
        (
            "environment, SMITH__LOGGING__LEVEL: logging.level: 'loud' is no choice here. "
            "Write one of debug, info, warning, error."
        ),
        "overrides: 'x' is no assignment to a section's key. Write it as in: --set shutdown.drain=30s.",
    ]


def test_an_application_has_options_of_its_own(file: Path) -> None:
    """From every layer, as any other section."""
    file.write_text('[options]\nurl = "http://a"\nfastest = "5s"\n', "utf-8")
    settings = load_settings(file, options=Feed, environment={"SMITH__OPTIONS__SLOWEST": "10s"})
    assert settings.options == Feed(url="http://a", fastest=5.0, slowest=10.0)


def test_rules_between_keys_are_held(file: Path) -> None:
    """Each in its words, at the key that was written."""
    file.write_text('[options]\nurl = "http://a"\ntoken = "t"\ntoken_file = "f"\nfastest = "5m"\n', "utf-8")
    assert problems(file, Feed) == [
        "line 3: options.token: it means nothing without user. Give user too, or leave token out.",
        (
            "line 4: options.token_file: it excludes token, which is given too. "
            "Keep token or token_file, not both."
        ),
        "line 5: options.fastest: it is above slowest. Make it smaller, or slowest larger.",
    ]


def test_a_check_of_the_class_itself_is_a_problem_too(file: Path) -> None:
    """And one that is missing."""
    file.write_text('[options]\nurl = "gopher://a"\n', "utf-8")
    assert problems(file, Feed) == [
        "options: url is 'gopher://a', no web address. Look at what stands below [options]."
    ]
    file.write_text("", "utf-8")
    assert problems(file, Feed) == ['options.url: it is missing. Write url = "some text" below [options].']


def test_a_secret_is_shown_nowhere(file: Path) -> None:
    """Not in what is shown, not in a representation, not in an error, not in a change."""
    file.write_text('[options]\nurl = "http://a"\nuser = "u"\ntoken = "hunter2"\n', "utf-8")
    settings = load_settings(file, options=Feed, environment={})
    file.write_text('[options]\nurl = "http://a"\nuser = "u"\ntoken = "hunter3"\n', "utf-8")
    after = load_again(settings)
    (change,) = changes(settings, after)
    told = [show_settings(settings, origin=True), repr(settings), str(change), repr(change)]
    file.write_text('[options]\nurl = "http://a"\ntoken = "hunter2"\ntoken_file = "x"\n', "utf-8")
    told += problems(file, Feed)
    told += problems(file, Feed, overrides=("options.token.hunter=hunter2",))
    assert not any("hunter2" in text or "hunter3" in text for text in told)
    assert 'token = "***"' in told[0]


def test_what_is_shown_can_be_read_again(file: Path) -> None:
    """It is TOML, with the origins as comments."""
    settings = load_settings(file, environment={})
    text = show_settings(settings, origin=True)
    assert f'drain = "1s"  # {file}, line 2' in text
    assert 'level = "info"  # default' in text
    assert "# file is not set" in text
    file.write_text(text, "utf-8")
    assert load_settings(file, environment={}) == settings


def test_a_change_says_whether_it_is_live(file: Path) -> None:
    """What is not takes effect at the next start."""
    before = load_settings(file, environment={})
    file.write_text('[shutdown]\ndrain = "2s"\ntree = "1s"\nflush = "1s"\n[app]\nname = "x"\n', "utf-8")
    assert [(str(one), one.live) for one in changes(before, load_again(before))] == [
        ('app.name = "x" (was "app")', False),
        ('shutdown.drain = "2s" (was "1s")', True),
    ]


def test_settings_without_a_source_stay_as_they_are() -> None:
    """A program that made them itself has nothing to read again."""
    settings = Settings()
    assert load_again(settings) is settings


def test_the_error_is_one_line_with_everything_in_it(file: Path) -> None:
    """For programs that do not look at the problems one by one."""
    file.write_text("[shutdown]\na = 1\nb = 2\n", "utf-8")
    with pytest.raises(smith.BadSettings, match="2 problems in the settings") as caught:
        load_settings(file, environment={})
    assert "\n" not in str(caught.value)
    assert len(caught.value.problems) == 2
