"""Write the reference of the error families from the tables in the code.

``python -m tests.docs.families_page`` writes the page anew; a test holds that it is up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import trio_smith as smith
from trio_smith.errors import ErrorFamily, SmithError
from trio_smith.supervision.taxonomy._known import KNOWN

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "error-families.md"

HEAD: Final = """\
# Error families

Every exception belongs to one family, and each family has a recovery: what is worth doing where the
error happens, and what a supervisor does about what comes out all the same. The tables on this page are
generated from the code. [Decide about failures](../how-to/decide-about-failures.md) shows how they are
used, and [decision 0011](../decisions/0011-one-table-of-recoveries.md) says why they are so.

## What is done

"""

FAMILIES: Final = """\

The third column is an offer: `Taxonomy.retry` makes such a `Retry`, and `Taxonomy.only` is what a
`CircuitBreaker` takes as its `on=`. The last one is what a supervisor does that has a `Taxonomy` as its
`failures=`; without one it restarts, whatever the family.

## Who belongs where

Subclasses belong where their nearest base does. What stands nowhere is a *task*'s. A `StartFailed` is in
the family of its cause; so is an `OSError` that has a cause and no number, as Trio raises when no
connection could be made. An `OSError` whose number says that a network or a host cannot be reached is
the network's.

"""

FOOT: Final = """\

## The classes

```{names}
ErrorFamily
Severity
Recovery
RECOVERIES
Taxonomy
```
"""


def page() -> str:
    """Return the whole page."""
    return "".join([HEAD, *recoveries(), FAMILIES, *families(), FOOT])


def recoveries() -> list[str]:
    """Return the lines of the table of recoveries."""
    lines = ["| family | severity | where it happens | its supervisor |\n|---|---|---|---|\n"]
    for family, row in smith.RECOVERIES.items():
        inside = "a circuit breaker" if row.breaker else ""
        if row.retries:
            inside = f"{row.retries} {'retry' if row.retries == 1 else 'retries'}, after {row.delay:g} s"
            inside += " each" if row.retries > 1 else ""
        severity, decision = row.severity.name.lower(), row.decision.value
        lines.append(f"| {family.value} | {severity} | {inside or '—'} | {decision} |\n")
    return lines


def families() -> list[str]:
    """Return the lines of the table of those who belong to each family."""
    lines = ["| family | errors of trio_smith | exceptions of others |\n|---|---|---|\n"]
    for family in ErrorFamily:
        ours = sorted(kind.__name__ for kind in public_errors() if kind.family is family)
        others = [name.removeprefix("builtins.") for name, one in KNOWN.items() if one is family]
        said = [", ".join(f"`{name}`" for name in names) or "—" for names in (ours, others)]
        if family is ErrorFamily.TASK:
            said = ["all others", "all others"]
        lines.append(f"| {family.value} | {said[0]} | {said[1]} |\n")
    return lines


def public_errors() -> list[type[SmithError]]:
    """Return the errors that a program may import."""
    return [one for one in vars(smith).values() if isinstance(one, type) and issubclass(one, SmithError)]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
