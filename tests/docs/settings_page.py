"""Write the reference of the settings from the classes that they are read into.

``python -m tests.docs.settings_page`` writes the page anew; a test holds that it is up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from trio_smith.config import SECTIONS
from trio_smith.options import Option, options_of, rules_of

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"

HEAD: Final = """\
# Settings

Every key of a settings file, generated from the classes that it is read into.
[Run an application](../how-to/run-an-application.md) shows how they are used;
`trio-smith config show --origin` prints which hold, and why.

A key stands below its section, `drain = "10s"` below `[shutdown]`. In the environment it is
`SMITH__SHUTDOWN__DRAIN`, on the command line `--set shutdown.drain=10s`; texts need no quotes there.
What is *live* takes effect at a reload (SIGHUP), the rest at the next start. What is taken
*from a file only* names code to run.
"""

FOOT: Final = """\
## `[options]`

The application's own, of the class that `app.options` names:
see [its options](../how-to/run-an-application.md#options-of-its-own).

## How values are written

| kind | in a file | in the environment and on the command line |
|---|---|---|
| text | `"some text"` | `some text` |
| list of texts | `["one", "two"]` | `one, two` |
| whole number, number | `3`, `0.5` | `3`, `0.5` |
| flag | `true`, `false` | `true`, `false` |
| duration | `"30s"`, `"500ms"`, `"1m30s"`, `"2h"`, `"1d"` | `30s` |
| size | `"512B"`, `"64KiB"`, `"10MB"` | `64KiB` |
| secret | `"…"` | `…` |

Nothing is converted on the quiet: `"3"` is no number, `1` is not true, `10` is no duration.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for section, owner in SECTIONS.items():
        about = (owner.__doc__ or "").splitlines()[0]
        rows = "\n".join(_row(option) for option in options_of(owner))
        rules = "".join(
            f"\n`{one.keys[0]}` and `{one.keys[1]}` exclude each other.\n" for one in rules_of(owner)
        )
        table = f"| key | kind | default | |\n|---|---|---|---|\n{rows}"
        parts.append(f"## `[{section}]`\n\n{about}\n\n{table}\n{rules}")
    return "\n".join([*parts, FOOT])


def _row(option: Option) -> str:
    default = "not set" if option.default is None else f"`{option.kind.show(option.default)}`"
    kind = option.kind.name + (f", {option.bounds()}" if option.bounds() else "")
    marks = [
        word
        for word, holds in (("live", option.facts.live), ("from a file only", option.facts.from_file))
        if holds
    ]
    about = option.facts.about + (f" *{', '.join(marks).capitalize()}.*" if marks else "")
    return f"| `{option.name}` | {kind} | {default} | {about} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
