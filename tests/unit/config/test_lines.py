"""At which line a key stands."""

from trio_smith.config._lines import key_lines

TEXT = '''\
# comment = 1
top = 1
[app]
name = "x"
  "quoted" = 1
a . b = 2
[ shutdown ]  # here
text = """
drain = "no key"
[logging]
"""
drain = "1s"
other = \'\'\'one line\'\'\'
last = [
  1,
]
[[many]]
'''


def test_keys_and_tables_have_lines() -> None:
    """What looks like a key inside of a text is none; an unusual form is not found, and never wrong."""
    assert key_lines(TEXT) == {
        ("top",): 2,
        ("app",): 3,
        ("app", "name"): 4,
        ("app", "quoted"): 5,
        ("app", "a", "b"): 6,
        ("shutdown",): 7,
        ("shutdown", "text"): 8,
        ("shutdown", "drain"): 12,
        ("shutdown", "other"): 13,
        ("shutdown", "last"): 14,
    }
