"""Side (b) of scripts/bench: what one writes in an afternoon with the
providers' own SDKs. One recording after the other, nothing remembered."""

import os

import dropbox
import requests.adapters
from ringcentral import SDK

# RingCentral's SDK listens to no setting: the simulators' authority is put
# where it looks for the world's.
requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["SSL_CERT_FILE"]

sdk = SDK(
    os.environ["RINGCENTRAL_CLIENT_ID"],
    os.environ["RINGCENTRAL_CLIENT_SECRET"],
    os.environ["RINGCENTRAL_SERVER_URL"],
)
platform = sdk.platform()
platform.login(jwt=os.environ["RINGCENTRAL_JWT"])
box = dropbox.Dropbox(
    oauth2_refresh_token=os.environ["DROPBOX_REFRESH_TOKEN"],
    app_key=os.environ["DROPBOX_APP_KEY"],
    app_secret=os.environ["DROPBOX_APP_SECRET"],
    session=dropbox.create_session(),
    ca_certs=os.environ["SSL_CERT_FILE"],
)

query = {"view": "Detailed", "recordingType": "All", "perPage": 250, "dateFrom": os.environ["BENCH_FROM"]}
most = int(os.environ.get("BENCH_MOST", "0"))
seen, page, more = set(), 0, True
while more:
    page += 1
    answer = platform.get("/restapi/v1.0/account/~/call-log", {**query, "page": page}).json_dict()
    for record in answer["records"]:
        for one in [record, *record.get("legs", [])]:
            recording = one.get("recording")
            if recording is None or recording["id"] in seen or (most and len(seen) >= most):
                continue
            seen.add(recording["id"])
            content = platform.get(recording["contentUri"]).response().content
            box.files_upload(content, f"/script/{recording['id']}.mp3")
    more = "nextPage" in answer["navigation"] and not (most and len(seen) >= most)
print(f"{len(seen)} recordings")
