"""RingCentral's own Python SDK against the simulator: logs in by JWT, pages the
call log to its end, downloads a recording and compares it with the truth."""

import datetime
import hashlib
import json
import os
import urllib.request

from ringcentral import SDK

env = os.environ
sdk = SDK(
    env["RINGCENTRAL_CLIENT_ID"],
    env["RINGCENTRAL_CLIENT_SECRET"],
    env["RINGCENTRAL_SERVER_URL"],
)
platform = sdk.platform()
platform.login(jwt=env["RINGCENTRAL_JWT"])

since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=8)
query = {
    "view": "Detailed",
    "recordingType": "All",
    "perPage": 250,
    "dateFrom": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
}
recordings, pages, page = {}, 0, 1
while True:
    answer = platform.get("/restapi/v1.0/account/~/call-log", {**query, "page": page}).json_dict()
    pages += 1
    for record in answer["records"]:
        for one in [record, *record.get("legs", [])]:
            if "recording" in one:
                recordings[one["recording"]["id"]] = one["recording"]["contentUri"]
    if "nextPage" not in answer["navigation"]:
        break
    page += 1

with urllib.request.urlopen(env["RINGCENTRAL_SERVER_URL"] + "/__sim/truth") as truth:
    expected = {item["id"]: item for item in json.load(truth)}
compared = 0
for id, uri in recordings.items():
    item = expected.get(id)
    if not item or item["lost"] or not item.get("sha256"):
        continue
    bytes = platform.get(uri).response().content
    assert hashlib.sha256(bytes).hexdigest() == item["sha256"], f"recording {id} differs"
    compared += 1
    if compared == 3:
        break
platform.logout()
assert pages >= 2 and compared == 3, f"too little to compare: {pages} pages, {compared} recordings"
print(f"ringcentral (Python): {pages} pages, {len(recordings)} recordings listed, {compared} downloads equal the truth")
