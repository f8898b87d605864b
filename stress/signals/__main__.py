"""Signals at length: real ones, to `trio-smith run`, at many moments.

``python -m stress.signals`` tries every case and prints which exit codes it met;
``python -m stress.signals late-term`` tries that one alone. Exit code 1: something was not as documented.
It takes some three minutes. Nothing of the process group, no socket and no temporary file may be left.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.run.program import PATIENCE, Program, program

from ._cases import CASES, Case


def main() -> int:
    """Try the cases that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stress.signals", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(case.name for case in CASES))
    names = parser.parse_args().cases
    if unknown := set(names) - {case.name for case in CASES}:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    return max(_try_all(case) for case in CASES if not names or case.name in names)


def _try_all(case: Case) -> int:
    codes: Counter[int] = Counter()
    slowest, wrong = 0.0, 0
    for delay in case.delays:
        code, seconds, problems = _try(case, delay)
        codes[code] += 1
        slowest = max(slowest, seconds)
        for problem in problems:
            wrong += 1
            print(f"  {case.name} after {1000 * delay:g} ms: {problem}", flush=True)
    met = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    verdict = f"{wrong} WRONG" if wrong else "as documented"
    print(f"{case.name:15} {verdict:14} exit codes {met}; slowest end {slowest:.2f} s", flush=True)
    return 1 if wrong else 0


def _try(case: Case, delay: float) -> tuple[int, float, list[str]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (temporary := folder / "temporary").mkdir()
        with program(folder, case.tree, *case.arguments, environment={"TMPDIR": str(temporary)}) as running:
            case.script(running, delay)
            began = time.monotonic()
            code, out, err, left = _end(running, case)
            seconds = time.monotonic() - began
        left += [f"{path.name} is left" for path in temporary.iterdir()]
    return code, seconds, [*left, *_judge(case, code, seconds, out=out, err=err)]


def _end(running: Program, case: Case) -> tuple[int, str, str, list[str]]:
    if case.leaves_socket:
        out, err = running.process.communicate(timeout=PATIENCE)
        return running.process.returncode, out, "".join([*running.log, err]), []
    try:
        code, out, err = running.end()
    except AssertionError as left:
        return running.process.returncode, "", "".join(running.log), [str(left)]
    return code, out, err, []


def _judge(case: Case, code: int, seconds: float, *, out: str, err: str) -> Iterator[str]:
    if code in case.early and "trio_smith.runtime:" not in err:
        return
    if code not in case.codes:
        yield f"exit code {code}: {err[-600:]}"
    if seconds > case.within:
        yield f"it took {seconds:.1f} s to end"
    if case.said not in err:
        yield f"it did not say {case.said!r}: {err[-600:]}"
    if "Traceback" in err or "Exception ignored" in err:
        yield f"a traceback: {err[-600:]}"
    sent, done = (re.search(rf"^{word} (\d+)$", out, re.MULTILINE) for word in ("sent", "closed after"))
    if not case.loses and sent is not None and (done is None or sent[1] != done[1]):
        yield f"messages were lost: {out}"


if __name__ == "__main__":
    sys.exit(main())
