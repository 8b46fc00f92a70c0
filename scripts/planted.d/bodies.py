"""Many planted bugs in one build: a function that a patch changes has both
bodies, and asks which bug it is to have. A patch that changes anything but the
body of one function is left to a build of its own."""

import re
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from plot import ROOT, outside_git
from weave import ASK, PARSER, ask


def woven(bugs):
    """(path -> bytes, the numbers that are in them). `bugs`: number -> patch."""
    alternatives = defaultdict(lambda: defaultdict(list))
    for number, patch in bugs.items():
        found = changed_body(patch)
        if found and root_of(found[0]):
            file, place, body = found
            alternatives[file][place].append((number, body))
    changed, numbers = {}, set()
    for file, places in alternatives.items():
        source = (ROOT / file).read_bytes()
        functions = functions_of(source)
        for place in sorted(places, reverse=True):
            body = functions[place].child_by_field_name("body")
            text = body.text
            for number, other in places[place]:
                text = b"{ if " + ask(number) + b" " + other + b" else " + text + b" }"
                numbers.add(number)
            source = source[: body.start_byte] + text + source[body.end_byte :]
        changed[file] = source
    for root in {root_of(file) for file in alternatives}:
        changed[root] = changed.get(root, (ROOT / root).read_bytes()) + ASK.encode()
    return changed, numbers


def root_of(file):
    """The crate's root, where the question is asked; a crate that has none of
    these two, or both, is left to a build of its own."""
    crate, source = file.split("/")[1], "/".join(file.split("/")[:3])
    roots = [it for it in [f"{source}/lib.rs", f"{source}/main.rs"] if (ROOT / it).is_file()]
    return roots[0] if len(roots) == 1 and source == f"crates/{crate}/src" else None


def changed_body(patch):
    """The file, which of its functions, and the body as the patch has it."""
    file = re.search(r"^\+\+\+ b/(.*)$", patch.read_text(), re.M)[1]
    old = (ROOT / file).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file
        copy.parent.mkdir(parents=True)
        copy.write_bytes(old)
        env = {**outside_git(), "GIT_CEILING_DIRECTORIES": str(Path(folder).parent)}
        subprocess.run(["git", "apply", "--unsafe-paths", patch], cwd=folder, env=env, check=True)
        new = copy.read_bytes()
    before, after = functions_of(old), functions_of(new)
    if len(before) != len(after) or outside(old, before) != outside(new, after):
        return None
    differ = [at for at in range(len(before)) if before[at].text != after[at].text]
    if len(differ) != 1:
        return None
    return file, differ[0], after[differ[0]].child_by_field_name("body").text


def functions_of(source):
    found = []

    def walk(node):
        if node.type == "function_item":
            found.append(node)
            return
        for child in node.children:
            walk(child)

    walk(PARSER.parse(source).root_node)
    return found


def outside(source, functions):
    parts, at = [], 0
    for function in functions:
        parts.append(source[at : function.start_byte])
        at = function.end_byte
    return b"".join([*parts, source[at:]])
