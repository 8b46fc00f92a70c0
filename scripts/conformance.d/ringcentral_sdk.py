"""RingCentral's own Python SDK against the simulator: signs in by JWT,
refreshes, pages the call log to its end and downloads recordings. What it was
told is compared with the truth."""

import datetime
import hashlib
import json
import os
import sys

from ringcentral import SDK

DOWNLOADS = 3

with open(sys.argv[1], encoding="utf-8") as file:
    truth = json.load(file)
sdk = SDK(
    os.environ["RINGCENTRAL_CLIENT_ID"],
    os.environ["RINGCENTRAL_CLIENT_SECRET"],
    os.environ["RINGCENTRAL_SERVER_URL"],
)
platform = sdk.platform()
platform.login(jwt=os.environ["RINGCENTRAL_JWT"])
platform.refresh()

anchor = datetime.datetime.fromtimestamp(truth["anchor_ms"] / 1000, datetime.timezone.utc)
query = {
    "view": "Detailed",
    "recordingType": "All",
    "perPage": 250,
    "dateFrom": (anchor - datetime.timedelta(days=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
}
listed, pages, more = {}, 0, True
while more:
    pages += 1
    answer = platform.get("/restapi/v1.0/account/~/call-log", {**query, "page": pages}).json_dict()
    for record in answer["records"]:
        for one in [record, *record.get("legs", [])]:
            if "recording" in one:
                listed[one["recording"]["id"]] = one["recording"]["contentUri"]
    more = "nextPage" in answer["navigation"]

recordings = [it for it in truth["items"] if it["kind"] == "recording" and not it["gone"]]
shown = {it["provider_id"] for it in recordings if it["visible_at_ms"] <= truth["now_ms"]}
assert shown <= listed.keys(), f"{len(shown - listed.keys())} recordings were not listed"
readable = [it for it in recordings if it["ready_at_ms"] and it["ready_at_ms"] <= truth["now_ms"]]
for item in readable[:DOWNLOADS]:
    content = platform.get(listed[item["provider_id"]]).response().content
    assert hashlib.sha256(content).hexdigest() == item["sha256"], f"{item['provider_id']} differs"
platform.logout()
assert pages >= 2 and len(readable) >= DOWNLOADS, "too little to compare"
print(f"ringcentral (Python): {pages} pages, {len(listed)} recordings listed, {DOWNLOADS} downloads equal the truth")
