"""Draw the diagrams from the code: `python docs/diagrams/draw.py`. A test holds them up to date.

Plain SVG, narrow enough for a telephone, on a panel of its own so that it suits light and dark pages.
"""

import math
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from explore import CRASH, all_changes, touched_by  # noqa: E402 - run as a program, it finds its sibling here

from trio_smith.exits import Returned, ShutDown, Shutdown  # noqa: E402
from trio_smith.supervision import Condition, Restart, Strategy  # noqa: E402
from trio_smith.supervision.engine._rules import wants_restart  # noqa: E402

WIDTH = 380
INK, FAINT, PANEL, LINE = "#1f2328", "#59636e", "#f6f8fa", "#8c959f"
WHITE, PALE = "#ffffff", "#dafbe1"
GREEN, RED, BLUE = "#1a7f37", "#b3261e", "#0a5bbd"


def text(x: float, y: float, what: str, **style: object) -> str:
    """Return a line of text whose middle is at *x*, unless ``anchor`` says otherwise."""
    anchor, size = style.get("anchor", "middle"), style.get("size", 13)
    weight, fill = style.get("weight", "normal"), style.get("fill", INK)
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}">{escape(what)}</text>'
    )


def box(x: float, y: float, width: float, height: float, *, fill: str, stroke: str = LINE) -> str:
    """Return a rectangle with round corners, by its upper left corner."""
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}"/>'


def picture(height: float, title: str, parts: Iterable[str]) -> str:
    """Return the whole file."""
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" font-family="system-ui, sans-serif" role="img">'
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{FAINT}"/></marker></defs>'
    )
    panel = box(0.5, 0.5, WIDTH - 1, height - 1, fill=PANEL, stroke="#d1d9e0")
    return "\n".join([opening, f"<title>{escape(title)}</title>", tip, panel, *parts, "</svg>"]) + "\n"


# Who is started again ------------------------------------------------------------------------------


def restart_table() -> str:
    """Restart kind by exit reason, asked of the very function that decides."""
    ends = [("returns", Returned()), ("raises Shutdown", ShutDown(Shutdown())), ("crashes", CRASH)]
    columns, parts = [158, 242, 326], []
    for x, (what, _) in zip(columns, ends, strict=True):
        for row, word in enumerate(what.split()):
            parts.append(text(x, 26 + 15 * row, word, size=12, fill=FAINT))
    for row, kind in enumerate(Restart):
        y = 54 + 44 * row
        parts.append(text(14, y + 23, kind.value, anchor="start", weight="600"))
        for x, (_, reason) in zip(columns, ends, strict=True):
            again = wants_restart(kind, reason)
            parts.append(
                box(x - 38, y, 76, 36, fill=PALE if again else WHITE, stroke=GREEN if again else LINE)
            )
            word, ink = (
                ("again", GREEN) if again else ("forgotten" if kind is Restart.TEMPORARY else "down", FAINT)
            )
            parts.append(text(x, y + 23, word, fill=ink, weight="600" if again else "normal"))
    return picture(194, "Which child is started again, by its restart kind and how it ended", parts)


# Who is touched ------------------------------------------------------------------------------------

NAMES, FAILING = "abcd", "b"


def strategies() -> str:
    """What each strategy does when b crashes, as the engine's own actions, in order."""
    parts: list[str] = []
    shown = (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)
    for number, strategy in enumerate(shown):
        top = 16 + number * 126
        story = touched_by(strategy, NAMES, FAILING)
        stops = [name for what, name in story if what == "stop"]
        starts = [name for what, name in story if what == "start"]
        parts.append(text(14, top + 14, strategy.value, anchor="start", weight="600"))
        for at, name in enumerate(NAMES):
            x = 14 + at * 90
            fill, stroke, said = _fate(name, stops, starts)
            parts.append(box(x, top + 24, 82, 72, fill=fill, stroke=stroke))
            parts.append(text(x + 41, top + 44, name, weight="600", size=15))
            parts += [text(x + 41, top + 64 + 16 * row, one, size=12) for row, one in enumerate(said)]
    return picture(16 + 3 * 126 - 10, "Whom each strategy stops and starts when b crashes", parts)


def _fate(name: str, stops: list[str], starts: list[str]) -> tuple[str, str, list[str]]:
    if name not in starts:
        return WHITE, LINE, ["untouched"]
    number = len(stops) + starts.index(name) + 1
    if name == FAILING:
        return "#ffebe9", RED, ["crashes", f"{number}. starts"]
    return "#ddf4ff", BLUE, [f"{stops.index(name) + 1}. stops", f"{number}. starts"]


# The life of a child -------------------------------------------------------------------------------

DOWN, STARTING, RUNNING, STOPPING, RESTARTING, QUARANTINED = Condition

PLACES = {
    STARTING: (190, 40),
    RESTARTING: (66, 150),
    RUNNING: (314, 150),
    QUARANTINED: (66, 285),
    STOPPING: (314, 285),
    DOWN: (190, 410),
}

CHANGES = {
    (DOWN, STARTING): ("it is started, or started again", 0.25),
    (STARTING, RUNNING): ("it is ready", 0.5),
    (STARTING, DOWN): ("its start fails, or it says Ignore", 0.25),
    (RUNNING, STOPPING): ("it is asked to stop", 0.5),
    (STOPPING, DOWN): ("it has ended", 0.5),
    (RUNNING, DOWN): ("it has ended, and stays down", 0.38),
    (RUNNING, RESTARTING): ("it has ended, and is to be restarted", 0.3),
    (RESTARTING, STARTING): ("its turn has come, or its backoff is over", 0.5),
    (RESTARTING, DOWN): ("a stop or a give-up comes first", 0.36),
    (DOWN, RESTARTING): ("its restart has failed: once more", 0.3),
    (RUNNING, QUARANTINED): ("it has ended too often", 0.3),
    (RESTARTING, QUARANTINED): ("it has failed to start too often", 0.5),
    (DOWN, QUARANTINED): ("it was released, and its start fails", 0.6),
    (QUARANTINED, STARTING): ("somebody releases it", 0.62),
    (QUARANTINED, DOWN): ("it is stopped", 0.5),
}
"""What each change of a child's condition means, and where along its arrow its number stands."""


def lifecycle() -> str:
    """Return the conditions of a child, with every change that the engine was seen to make."""
    found = all_changes()
    if found != set(CHANGES):
        raise SystemExit(f"the engine and CHANGES differ in {sorted(map(str, found ^ set(CHANGES)))}")
    parts = [_arrow(*change) for change in CHANGES]
    for condition, (x, y) in PLACES.items():
        fill, stroke = (PALE, GREEN) if condition is RUNNING else (WHITE, FAINT)
        parts.append(box(x - 52, y - 17, 104, 34, fill=fill, stroke=stroke))
        parts.append(text(x, y + 5, condition.value, weight="600"))
    for number, (change, (_, at)) in enumerate(CHANGES.items(), 1):
        x, y = _along(*change, at)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="#ffffff" stroke="{LINE}"/>')
        parts.append(text(x, y + 4, str(number), size=11))
    for number, (what, _) in enumerate(CHANGES.values(), 1):
        parts.append(text(36, 450 + 20 * number, str(number), anchor="end", fill=FAINT))
        parts.append(text(46, 450 + 20 * number, what, anchor="start"))
    return picture(
        470 + 20 * len(CHANGES), "The conditions of a child, and what leads from one to the next", parts
    )


def _along(before: Condition, after: Condition, part: float) -> tuple[float, float]:
    """Return a point on the arrow; where there are two between a pair, each keeps to its right."""
    (x1, y1), (x2, y2) = PLACES[before], PLACES[after]
    length = math.hypot(x2 - x1, y2 - y1)
    aside = 13 if (after, before) in CHANGES else 0
    dx, dy = -(y2 - y1) / length * aside, (x2 - x1) / length * aside
    return x1 + (x2 - x1) * part + dx, y1 + (y2 - y1) * part + dy


def _arrow(before: Condition, after: Condition) -> str:
    (x1, y1), (x2, y2) = _along(before, after, 0), _along(before, after, 1)
    # From border to border: how far the line is inside a box, of which these are half the sides.
    across, down = abs(x2 - x1) or 1e-9, abs(y2 - y1) or 1e-9
    inside = min(56 / across, 21 / down)
    first, last = _along(before, after, inside), _along(before, after, 1 - inside)
    return (
        f'<line x1="{first[0]:.1f}" y1="{first[1]:.1f}" x2="{last[0]:.1f}" y2="{last[1]:.1f}" '
        f'stroke="{FAINT}" stroke-width="1.3" marker-end="url(#tip)"/>'
    )


DIAGRAMS = {"restart-table.svg": restart_table, "strategies.svg": strategies, "lifecycle.svg": lifecycle}

if __name__ == "__main__":
    for name, draw in DIAGRAMS.items():
        (HERE / name).write_text(draw(), "utf-8")
