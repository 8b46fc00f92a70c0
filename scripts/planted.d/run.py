"""Plants the bugs, one crate after the other, and prints who catches each."""

import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "mutants.d")]
from plot import ROOT, Plot  # noqa: E402

MOST = 1_800


class Bug:
    def __init__(self, file):
        self.file, self.name = file, file.stem
        self.what, suite = file.read_text().splitlines()[:2]
        self.suite = suite.removeprefix("Suite: ")
        told = re.match(r"cargo test -p (\S+)", self.suite)
        # A suite that is a script builds for itself.
        self.package = told[1] if told else None


def bugs(names):
    found = [Bug(file) for file in sorted((ROOT / "crates/rig/bugs").glob("*.patch"))]
    found = [it for it in found if not names or it.name in names]
    # One crate after the other: less is built.
    return sorted(found, key=lambda it: (it.package or "~", it.suite, it.name))


def check(found):
    bad = 0
    for bug in found:
        told = subprocess.run(["git", "apply", "--check", bug.file], cwd=ROOT, capture_output=True, text=True)
        if told.returncode:
            print(f"{bug.name} no longer applies: {told.stderr.strip()}")
            bad += 1
    print(f"{len(found) - bad} of {len(found)} planted bugs apply")
    return bad == 0


def builds(plot, bug, name):
    if not bug.package:
        return True
    command = bug.suite.split(" -- ")[0] + " --no-run --quiet"
    return plot.run(command, f"{name}.build", MOST)[0] == 0


def caught_by(status, told):
    """None where nothing did."""
    if status == 0:
        return None
    if status is None:
        return "it never ended"
    failed = re.findall(r"^test (\S+)(?: - should panic)? \.\.\. FAILED", told, re.M)
    if failed:
        return failed[0] + (f" and {len(failed) - 1} more" if len(failed) > 1 else "")
    bad = [line for line in told.splitlines() if "| BAD" in line]
    return bad[0].split(" | ")[0] if bad else "it ended badly"


class Table:
    def __init__(self):
        self.caught = self.all = 0
        print("| bug | what it does | suite | caught by |\n| --- | --- | --- | --- |", flush=True)

    def row(self, bug, result):
        self.all += 1
        self.caught += result is not None and not result.startswith("**")
        print(f"| {bug.name} | {bug.what} | `{bug.suite}` | {result or '**nothing**'} |", flush=True)


def together(plot, table, group):
    """All that can share a build; gives back the others."""
    from bodies import woven

    numbered = dict(enumerate(group, 1))
    changed, numbers = woven({number: bug.file for number, bug in numbered.items()})
    plot.mend(changed)
    suites = {bug.suite: bug for number, bug in numbered.items() if number in numbers}
    if not all(builds(plot, bug, "together") for bug in suites.values()):
        return group
    sane = {suite: plot.run(suite, "none", MOST)[0] == 0 for suite in suites}
    for number in sorted(numbers):
        bug = numbered[number]
        result = "**the suite fails without it**"
        if sane[bug.suite]:
            command = f"ARCHIVER_MUTANT={number} {bug.suite}"
            status, _, told = plot.run(command, bug.name, MOST)
            result = caught_by(status, told)
        table.row(bug, result)
    return [bug for number, bug in numbered.items() if number not in numbers]


def alone(plot, table, bug):
    plot.mend()
    sane = builds(plot, bug, "none") and plot.run(bug.suite, "none", MOST)[0] == 0
    result = "**the suite fails without it**"
    if sane:
        plot.apply(bug.file)
        result = "**it does not compile**"
        if builds(plot, bug, bug.name):
            status, _, told = plot.run(bug.suite, bug.name, MOST)
            result = caught_by(status, told)
    table.row(bug, result)


def main(arguments):
    found = bugs([it for it in arguments if not it.startswith("-")])
    if "--check" in arguments:
        return check(found)
    plot, begun, table = Plot(), time.monotonic(), Table()
    for package in dict.fromkeys(it.package for it in found):
        group = [it for it in found if it.package == package]
        for bug in together(plot, table, group) if package else group:
            alone(plot, table, bug)
    plot.mend()
    print(f"\n{table.caught} of {table.all} planted bugs caught, {time.monotonic() - begun:.0f} s")
    return table.caught == table.all


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
