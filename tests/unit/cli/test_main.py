"""The words of the command line."""

import pytest

import trio_smith
from trio_smith.cli import _demo, main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what to do, for example: trio-smith demo"),
        (["frob"], "invalid choice: 'frob'"),
        (["demo", "--crash-rate", "2"], "'2': give a number from 0 to 1"),
        (["demo", "--crash-rate", "-0.1"], "'-0.1': give a number"),
        (["demo", "--crash-rate", "nan"], "'nan': give a number"),
        (["demo", "--crash-rate", "much"], "'much': give a number"),
        (["demo", "--parsers", "0"], "'0': give a whole number from 1 to 256"),
        (["demo", "--parsers", "257"], "'257': give a whole number"),
        (["demo", "--parsers", "٣"], "give a whole number"),
        (["demo", "--parsers", "9" * 5000], f"'{'9' * 40}': give a whole number"),
        (["demo", "--seed", "x"], "--seed: 'x': give a whole number"),
        (["demo", "--seed", "9" * 5000], f"'{'9' * 40}': give a whole number"),
        (["demo", "a", "b"], "unknown: b (--help shows what there is)"),
        (["--frob"], "unknown: --frob"),
        (["migrate"], "required: COMMAND"),
        (["migrate", "down", "x.db"], "required: --to"),
        (["migrate", "up", "x.db", "--to", "-1"], "--to"),
        (["migrate", "up", "x.db", "--to", "10000"], "'10000': give a number from 0 to 9999"),
        (["migrate", "up", "x.db", "--wait", "nan"], "'nan': give seconds from 0 to 86400"),
        (["migrate", "up", "x.db", "--wait", "soon"], "'soon': give seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2, words that say what would make sense, and nothing on the standard output."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert words in err
    assert out == ""


def test_the_usage_is_that_of_the_command_that_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Who mistypes an option of the demo wants to see which it has."""
    with pytest.raises(SystemExit):
        main(["demo", "--workers", "0"])
    assert "usage: trio-smith demo [-h] [--crash-rate RATE]" in capsys.readouterr().err


COMMANDS = [
    ["run"],
    ["tree"],
    ["config"],
    ["config", "show"],
    ["config", "check"],
    ["migrate"],
    ["migrate", "status"],
    ["migrate", "plan"],
    ["migrate", "up"],
    ["migrate", "down"],
    ["migrate", "verify"],
    ["doctor"],
    ["demo"],
    ["completion"],
]


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize(
    "arguments", [["--help"], ["demo", "--frob"], *([*command, "--help"] for command in COMMANDS)]
)
def test_the_help_fits_on_a_terminal(
    arguments: list[str], columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the usual 80 columns, and on a narrow one: what wraps by itself is hard to read."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit):
        main(arguments)
    text = "".join(capsys.readouterr())
    body = text[text.index("\n\n") :] if "\n\n" in text else ""  # argparse does not break a usage in words
    assert max(map(len, (text if columns > 40 else body).splitlines()), default=0) < columns


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_has_examples_and_is_plain_text(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One learns from an example sooner than from a usage; nothing is coloured."""
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "\nexamples:\n  " in out
    assert f"trio-smith {command[0]}" in out[out.index("\nexamples:") :]
    assert out.replace("\n", "").isprintable()


def test_the_exit_codes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """By the help of the whole, and of what is run by service managers."""
    for arguments in (["--help"], ["run", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        out = capsys.readouterr().out
        told = out[out.index("exit codes:") :]
        assert [line.split()[0] for line in told.splitlines()[1:6]] == ["0", "1", "2", "130", "141"]


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Of every command; and what the exit codes mean."""
    for arguments, words in ((["--help"], "trio-smith demo"), (["demo", "--help"], "trio-smith demo src")):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert f"examples:\n  {words.split(' src')[0]}" in (out := capsys.readouterr().out)
        assert words in out
    assert "exit codes: 0 proven; 1 not proven; 2 bad arguments; 130 Ctrl-C" in out


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The one of the package."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"trio-smith {trio_smith.__version__}\n"


def test_the_arguments_are_those_of_the_process_if_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an entry point calls it."""
    monkeypatch.setattr("sys.argv", ["anything", "demo", "/gone"])
    assert main() == 2
    assert "cannot count /gone" in capsys.readouterr().err


def test_ctrl_c_before_there_is_a_tree_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it looks for the first file, for example: no traceback."""

    def interrupted(path: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(_demo, "place_of", interrupted)
    assert main(["demo"]) == 130
