"""Counts what the validating proxy found. OAuth is left out by name."""

import collections
import re
import sys

received = collections.Counter()
faults = collections.Counter()
waiting = []
for line in open(sys.argv[1], encoding="utf-8"):
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    if match := re.search(r"\[HTTP SERVER\] (\w+) (\S+) .*Request received", line):
        path = re.sub(r"[0-9][0-9A-Za-z_-]{5,}", "{id}", match[2])
        received[f"{match[1]} {path}"] += 1
    elif match := re.search(r"Violation: (.*)", line):
        faults[match[1].strip()] += 1
    elif "Selected route not found" in line:
        faults["a path that the description lacks"] += 1
oauth = [it for it in faults if "grant_type" in it or re.match(r"request\.body Request body must", it)]
excluded = sum(faults.pop(it) for it in oauth)
for request, count in sorted(received.items()):
    print(f"  {count:5}  {request}")
print(f"OpenAPI: {sum(received.values())} requests and answers checked, {sum(faults.values())} violations"
      + (f" ({excluded} lines about OAuth's form left out)" if excluded else ""))
for fault, count in faults.most_common():
    print(f"  {count:5}  {fault}")
sys.exit(1 if faults else 0)
