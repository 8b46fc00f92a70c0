"""Draws the sample, builds each crate with its mutants woven in, and runs its
tests once for each mutant until one fails."""

import glob
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "planted.d")]
from plot import ROOT, Plot, outside_git  # noqa: E402
from weave import ASK, by_file, weave  # noqa: E402

ENOUGH = 0.85


def all_mutants():
    core = [it for it in (HERE / "core.txt").read_text().splitlines() if it and it[0] != "#"]
    files = [str(Path(it).relative_to(ROOT)) for name in core for it in glob.glob(str(ROOT / name))]
    command = ["cargo", "mutants", "--workspace", "--list", "--json", "--diff"]
    told = subprocess.run(command + [it for name in files for it in ("-f", name)], cwd=ROOT,
                          check=True, capture_output=True)
    return sorted(json.loads(told.stdout), key=lambda it: it["name"])


class Crate:
    def __init__(self, plot, package):
        self.plot, self.package = plot, package
        self.folder = f"crates/{package}/src/"
        # What the compiler would not take woven in need not be asked again.
        self.refused = plot.log / f"{package}.refused"

    def build(self):
        """The test programs, or what the compiler says is wrong where."""
        command = f"cargo test -p {self.package} --no-run --message-format=json 2>/dev/null"
        _, _, told = self.plot.run(command, f"{self.package}.build", 3_600)
        programs, wrong = [], set()
        for line in told.splitlines():
            if not line.startswith("{"):
                continue
            message = json.loads(line)
            if message["reason"] == "compiler-artifact" and message.get("executable"):
                if message["profile"]["test"]:
                    programs.append(message["executable"])
            elif message["reason"] == "compiler-message" and message["message"]["level"] == "error":
                for span in message["message"]["spans"]:
                    wrong.update((span["file_name"], it) for it in range(span["line_start"], span["line_end"] + 1))
                wrong.add(None)
        return programs, wrong

    def weave_in(self, mutants):
        """Builds with as many of them as the compiler takes."""
        refused = set(self.refused.read_text().splitlines()) if self.refused.exists() else set()
        mutants = {n: it for n, it in mutants.items() if key(it) not in refused}
        while True:
            woven, changed = set(), {}
            for file, own in by_file(mutants).items():
                changed[file], numbers = weave((ROOT / file).read_bytes(), own)
                woven |= numbers
            lib = self.folder + "lib.rs"
            changed[lib] = changed.get(lib, (ROOT / lib).read_bytes()) + ASK.encode()
            self.plot.mend(changed)
            mutants = {n: it for n, it in mutants.items() if n in woven}
            programs, wrong = self.build()
            if not wrong:
                return programs, mutants
            left = {n: it for n, it in mutants.items() if not any(
                (it["file"], line) in wrong
                for line in range(it["span"]["start"]["line"], it["span"]["end"]["line"] + 1))}
            if len(left) == len(mutants):
                # Nobody knows which: the file's with an error, all of them.
                files = {it[0] for it in wrong if it}
                left = {n: it for n, it in mutants.items() if it["file"] not in files}
            if len(left) == len(mutants):
                return [], {}
            with open(self.refused, "a") as file:
                file.writelines(key(it) + "\n" for n, it in mutants.items() if n not in left)
            mutants = left

    def tests(self, programs, number, seconds):
        """caught, missed or timeout: ended at the first test that fails."""
        env = {**outside_git(), "CARGO_MANIFEST_DIR": str(self.plot.tree / "crates" / self.package)}
        env.pop("ARCHIVER_MUTANT", None)
        if number is not None:
            env["ARCHIVER_MUTANT"] = str(number)
        until = time.monotonic() + seconds
        for program in programs:
            run = subprocess.Popen([program], cwd=env["CARGO_MANIFEST_DIR"], env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
            os.set_blocking(run.stdout.fileno(), False)
            seen, told = "", None
            while told is None:
                seen = (seen + heard(run.stdout.fileno()))[-100_000:]
                if re.search(r"^test .* \.\.\. FAILED$", seen, re.M):
                    told = "caught"
                elif run.poll() is not None:
                    told = "caught" if run.returncode else "passed"
                elif time.monotonic() > until:
                    told = "timeout"
                else:
                    time.sleep(0.02)
            try:
                os.killpg(run.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            run.wait()
            if told != "passed":
                return told
        return "missed"


def key(mutant):
    text = (ROOT / mutant["file"]).read_bytes()
    return hashlib.sha256(text + mutant["name"].encode()).hexdigest()


def heard(file):
    try:
        return os.read(file, 65_536).decode(errors="replace")
    except BlockingIOError:
        return ""


def alone(crate, mutant, seconds):
    """A mutant in a build of its own."""
    crate.plot.mend()
    patch = crate.plot.log / "alone.patch"
    file = mutant["file"]
    diff = mutant["diff"].splitlines(keepends=True)
    patch.write_text(f"--- a/{file}\n+++ b/{file}\n" + "".join(diff[2:]))
    crate.plot.apply(patch)
    programs, wrong = crate.build()
    return "unviable" if wrong or not programs else crate.tests(programs, None, seconds)


class Caught:
    """What was caught in earlier runs. As long as its file is the same it stays
    so: tests are only ever added."""

    def __init__(self, plot):
        self.file = plot.log / "caught"
        self.keys = set(self.file.read_text().splitlines()) if self.file.exists() else set()

    def add(self, mutant):
        with open(self.file, "a") as file:
            file.write(key(mutant) + "\n")


def main(size, seed, packages, only_woven, again):
    every = all_mutants()
    sample = dict(enumerate(random.Random(seed).sample(every, min(size, len(every))), 1))
    sample = {n: it for n, it in sample.items() if not packages or it["package"] in packages}
    plot = Plot()
    begun, results, caught = time.monotonic(), {}, Caught(plot)
    if not again:
        results = {n: "caught" for n, it in sample.items() if key(it) in caught.keys}
    known = len(results)
    for package in sorted({it["package"] for it in sample.values()}):
        own = {n: it for n, it in sample.items() if it["package"] == package and n not in results}
        if not own:
            continue
        crate = Crate(plot, package)
        programs, woven = crate.weave_in(own)
        start = time.monotonic()
        if programs and crate.tests(programs, None, 3_600) != "missed":
            raise SystemExit(f"the tests of {package} fail without any mutant")
        usual = time.monotonic() - start
        most = 3 * usual + 20
        print(f"{package}: {len(own)} mutants, {len(woven)} in one build; its tests take {usual:.0f} s", flush=True)
        for number, mutant in own.items():
            if number in woven:
                results[number] = crate.tests(programs, number, most)
                note(mutant, results[number])
                if results[number] == "caught":
                    caught.add(mutant)
        count = Counter(results[n] for n in own if n in results)
        print(f"{package}: of those in one build {dict(count)}", flush=True)
        for number, mutant in own.items():
            if number not in woven and not only_woven:
                results[number] = alone(crate, mutant, most)
                note(mutant, results[number])
        count = Counter(results[n] for n in own if n in results)
        print(f"{package}: {dict(count)}, {time.monotonic() - begun:.0f} s so far", flush=True)
    plot.mend()
    count = Counter(results.values())
    stopped, missed = count["caught"] + count["timeout"], count["missed"]
    score = stopped / max(1, stopped + missed)
    print(f"mutants | {len(every)} of the core, {len(results)} drawn with seed {seed} tried, {known} of them in earlier runs, {count['unviable']} do not compile | "
          f"{stopped} of {stopped + missed} caught ({count['timeout']} never ended): {100 * score:.1f} % | "
          f"{time.monotonic() - begun:.0f} s")
    return score >= ENOUGH


def note(mutant, result):
    if result != "caught":
        print(f"  {result}: {mutant['name']}", flush=True)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    numbers = [int(it) for it in arguments if it.isdigit()]
    size, seed = (numbers + [240, 7][len(numbers):])[:2]
    packages = {it for it in arguments if not it.isdigit() and not it.startswith("--")}
    sys.exit(0 if main(size, seed, packages, "--woven" in arguments, "--again" in arguments) else 1)
