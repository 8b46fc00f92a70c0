"""A copy of the tree in which the product may be changed, built and tested
without touching the tree itself. It keeps its build between two runs."""

import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Plot:
    def __init__(self):
        self.tree = ROOT / "target" / "plot" / "tree"
        self.log = ROOT / "target" / "plot" / "log"
        self.tree.mkdir(parents=True, exist_ok=True)
        self.log.mkdir(exist_ok=True)
        self.lock = open(self.log / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("another script is at work in target/plot")
        self._copy()
        self._borrow()

    def _copy(self, changed=None):
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True)
        names = {it for it in told.stdout.decode().split("\0") if it and (ROOT / it).is_file()}
        for name in names:
            self._put(name, (changed or {}).get(name) or (ROOT / name).read_bytes())
            shutil.copymode(ROOT / name, self.tree / name)
        for file in self.tree.rglob("*"):
            name = file.relative_to(self.tree)
            if name.parts[0] != "target" and file.is_file() and str(name) not in names:
                file.unlink()

    def _put(self, name, text):
        """Only what differs: a file's time is what cargo goes by."""
        file = self.tree / name
        if not file.is_file() or file.read_bytes() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)

    def _borrow(self):
        """What the tree has built of others' crates need not be built again."""
        ours, theirs = self.tree / "target" / "debug", ROOT / "target" / "debug"
        if ours.exists() or not theirs.exists():
            return
        ours.mkdir(parents=True)
        for part in ["deps", "build", ".fingerprint"]:
            subprocess.run(["cp", "-a", "--reflink=auto", theirs / part, ours / part], check=True)
        # Ours are older than their sources here, and so built again.
        for file in self.tree.rglob("*.rs"):
            if "target" not in file.relative_to(self.tree).parts:
                os.utime(file)

    def apply(self, patch):
        """Changes the copy; an error when the patch no longer fits."""
        done = subprocess.run(["git", "apply", "--unsafe-paths", "-p1", patch], cwd=self.tree,
                              env=outside_git(), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{patch} no longer applies:\n{done.stderr}")
        # Within the second of the last build cargo would not see it.
        for line in Path(patch).read_text().splitlines():
            if line.startswith("+++ b/"):
                os.utime(self.tree / line[6:])

    def mend(self, changed=None):
        """As the tree is, but for these files: path -> bytes."""
        self._copy(changed)

    def run(self, command, name, seconds):
        """(status, seconds, what was printed); status None: it took too long."""
        begun = time.monotonic()
        with open(self.log / name, "w") as log:
            try:
                done = subprocess.run(command, cwd=self.tree, stdout=log, env=outside_git(),
                                      stderr=subprocess.STDOUT, timeout=seconds, shell=True)
                status = done.returncode
            except subprocess.TimeoutExpired:
                status = None
        return status, time.monotonic() - begun, (self.log / name).read_text(errors="replace")


def outside_git():
    """The copy lies below the tree; git must not take it for a part of it."""
    return {**os.environ, "GIT_CEILING_DIRECTORIES": str(ROOT / "target"), "CARGO_TERM_COLOR": "never"}
