"""Counts what the validating proxies saw and found: openapi_verdict.py DIR SIM.

Passes if neither proxy complained, but for the two planted mistakes (see
openapi_sweep.py); if every request that the simulator answered came through
them, contents from the media host excepted; if no request had a parameter that
the description does not name, which Prism would let pass; and if our client
archived something of every type and turned pages of both listings."""

import collections
import json
import re
import sys
import time
import urllib.parse
import urllib.request

folder, simulator = sys.argv[1:3]
with open(f"{folder}/closed.json", encoding="utf-8") as file:
    description = json.load(file)
PLANTED = {
    "official": ["Request query parameter view must be equal to one of the allowed values: Simple, Detailed"],
    "closed": [
        "Request query parameter view must be equal to one of the allowed values: Simple, Detailed",
        "Response body must have required property 'plantedByConformance'",
    ],
}
ACCOUNT = "/restapi/v1.0/account/{accountId}"
SWEEP_BEGINS = "GET /restapi/{apiVersion}"
TURNED = [f"GET {ACCOUNT}/call-log", f"GET {ACCOUNT}/extension/{{extensionId}}/message-store"]


def template(path):
    """The description's name of a path; the one with the fewest parameters."""
    parts = path.split("/")

    def fits(name):
        wanted = name.split("/")
        return len(wanted) == len(parts) and all(
            want == part or want.startswith("{") for want, part in zip(wanted, parts)
        )

    return min(filter(fits, description["paths"]), key=lambda name: name.count("{"), default=path)


def parameters(method, name):
    """What the description lets a request ask."""
    path = description["paths"].get(name, {})
    declared = path.get("parameters", []) + path.get(method, {}).get("parameters", [])
    known = description["components"]["parameters"]
    full = (known[it["$ref"].split("/")[-1]] if "$ref" in it else it for it in declared)
    return {it["name"] for it in full if it["in"] == "query"}


class Log:
    """What one proxy wrote down."""

    def __init__(self, name, until=None):
        self.requests, self.turned, self.complaints = (collections.Counter() for _ in range(3))
        self.unknown = set()
        with open(f"{folder}/{name}.log", encoding="utf-8") as file:
            for line in file:
                self.read(re.sub(r"\x1b\[[0-9;]*m", "", line))
                if until in self.requests:
                    del self.requests[until]
                    break

    def read(self, line):
        if found := re.search(r'Forwarding "(\w+)" request to (\S+?)\.\.\.$', line.strip()):
            method, url = found[1], urllib.parse.urlsplit(found[2])
            name = template(url.path)
            self.requests[f"{method.upper()} {name}"] += 1
            asked = urllib.parse.parse_qs(url.query, keep_blank_values=True)
            self.turned[f"{method.upper()} {name}"] += asked.get("page", ["1"]) != ["1"]
            self.unknown |= {f"{method} {name} ?{it}" for it in asked.keys() - parameters(method, name)}
        elif found := re.search(r"Violation: \S* (.*)", line):
            self.complaints[found[1].strip()] += 1
        elif re.search(r"Request terminated with error|Selected route not found", line):
            self.complaints[line.strip()] += 1


def answered():
    """Requests that the simulator answered, by route."""
    with urllib.request.urlopen(f"{simulator}/__sim/requests") as answer:
        counters = json.load(answer)["counters"]
    seen = collections.Counter()
    for it in counters:
        seen[f"{it['method']} {template(it['path'])}"] += it["count"]
    return seen


def read():
    """Both logs, once the last planted mistake is in them: the proxies write
    after they answer."""
    for _ in range(100):
        logs = {name: Log(name) for name in PLANTED}
        if all(it in logs[name].complaints for name, planted in PLANTED.items() for it in planted):
            break
        time.sleep(0.2)
    return logs


def is_content(request):
    return "/content" in request


expected, logs = answered(), read()
ours, checked = Log("official", until=SWEEP_BEGINS), logs["official"].requests
wrong = []

print("our client:")
for request, count in sorted(ours.requests.items()):
    turned = f" ({ours.turned[request]} of them further pages)" if ours.turned[request] else ""
    print(f"  {count:5}  {request}{turned}")
direct = sum(count - checked[request] for request, count in expected.items() if is_content(request))
print(f"  {direct:5}  contents, of the media host directly: not checked")
wrong += [f"our client turned no page of {it}" for it in TURNED if not ours.turned[it]]
with open(f"{folder}/account.json", encoding="utf-8") as file:
    report = json.load(file)
wrong += [f"our client archived no {kind}" for kind, count in report["counts"].items() if not count["archived"]]
wrong += [f"our client could not list {it}" for it in report["not_listed"]]

for name, log in logs.items():
    log.complaints.subtract(PLANTED[name])
    wrong += [f"{name}: {count} x {it}" for it, count in log.complaints.items() if count > 0]
    wrong += [f"{name}: asleep, it did not say: {it}" for it, count in log.complaints.items() if count < 0]
    wrong += [f"a parameter that the description lacks: {it}" for it in sorted(log.unknown)]
    for request in sorted(expected.keys() | log.requests.keys()):
        if not is_content(request) and expected[request] != log.requests[request]:
            wrong.append(f"{name}: {request}: {log.requests[request]} seen, {expected[request]} answered")

total = ours.requests.total()
print(f"OpenAPI: {checked.total()} requests and answers on {len(checked)} routes checked, {total} of them our client's")
print(f"OpenAPI: {len(wrong)} violations")
for it in wrong:
    print(f"  {it}")
sys.exit(1 if wrong else 0)
