"""Asks the simulator, through the validating proxies, for everything it offers
that our client does not use, so that those answers are checked too. The first
request tells openapi_verdict.py that our client is done; the last two are to be
complained about."""

import base64
import datetime
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

env = os.environ
account = "/restapi/v1.0/account/~"
mailbox = f"{account}/extension/~/message-store"
day = datetime.timedelta(days=1)
now = datetime.datetime.now(datetime.timezone.utc)
since = (now - 3 * day).strftime("%Y-%m-%dT%H:%M:%SZ")
sent = 0
# The media types that the description has for contents. It names no text,
# although an SMS is one, and not the audio/x-wav of its own samples; which of
# them the newest items have depends on the hour.
DESCRIBED = ["audio/mpeg", "audio/wav", "application/pdf", "image/tiff", "image/jpeg", "image/png", "image/gif"]


def ask(method, path, body=None, status=200, headers=None):
    """Sends one request and returns the JSON of its answer."""
    global sent
    sent += 1
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    usual = {"Accept": "application/json", **({"Content-Type": "application/json"} if body else {})}
    request = urllib.request.Request(
        env["RINGCENTRAL_SERVER_URL"] + path,
        data=body,
        method=method,
        headers={**usual, **signed, **(headers or {})},
    )
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        content = answer.read()
    if answer.status != status:
        sys.exit(f"{method} {path} was answered with {answer.status} instead of {status}: {content[:500]}")
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    return json.loads(content) if content and is_json else None


def oauth(path, **fields):
    basic = base64.b64encode(f"{env['RINGCENTRAL_CLIENT_ID']}:{env['RINGCENTRAL_CLIENT_SECRET']}".encode()).decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    return ask("POST", path, urllib.parse.urlencode(fields).encode(), headers=form)


def get(path, **query):
    return ask("GET", path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""))


signed = {"Authorization": "Bearer nobody-looks-at-it-here"}
get("/restapi/v1.0")
signed = {}
jwt = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": env["RINGCENTRAL_JWT"]}
grant = oauth("/restapi/oauth/token", **jwt)
grant = oauth("/restapi/oauth/token", grant_type="refresh_token", refresh_token=grant["refresh_token"])
signed = {"Authorization": f"Bearer {grant['access_token']}"}

# Who and what there is.
for path in [
    "/restapi/v1.0/dictionary/permission",
    account,
    f"{account}/service-info",
    f"{account}/call-recording",
    f"{account}/call-recording/extensions",
    f"{account}/call-queues",
    f"{account}/message-store-configuration",
    f"{account}/extension/~",
    f"{account}/extension/~/features",
    f"{account}/extension/~/phone-number",
    f"{account}/extension/~/authz-profile",
]:
    get(path)
get(f"{account}/extension/~/authz-profile/check", permissionId="ReadMessages")
for extension in get(f"{account}/extension", perPage=5)["records"]:
    get(f"{account}/extension/{extension['id']}")

# Calls, from both sides, in both views; active ones; both kinds of sync.
for side in [account, f"{account}/extension/~"]:
    for view in ["Simple", "Detailed"]:
        calls = get(f"{side}/call-log", view=view, perPage=250, dateFrom=since)["records"]
        get(f"{side}/call-log/{calls[0]['id']}", view=view)
        get(f"{side}/active-calls", view=view)
    first = get(f"{side}/call-log-sync", syncType="FSync", recordCount=250, dateFrom=since)
    get(f"{side}/call-log-sync", syncType="ISync", syncToken=first["syncInfo"]["syncToken"])
    ask("GET", f"{side}/call-log/nothing-like-this", status=404)
recorded = get(f"{account}/call-log", view="Simple", recordingType="All", perPage=250, dateFrom=since)["records"]
recordings = (get(f"{account}/recording/{call['recording']['id']}") for call in recorded)
recording = next(it["id"] for it in recordings if it["contentType"] in DESCRIBED)
get(f"{account}/recording/{recording}/content")
ask("DELETE", f"{account}/call-recordings", {"records": [recording]}, status=204)
ask("GET", f"{account}/recording/{recording}", status=404)

# Messages of every type and fate, one by one, several at once; changed,
# deleted, purged; both kinds of sync; a report.
for kind in ["Fax", "SMS", "VoiceMail", "Pager"]:
    found = get(mailbox, messageType=kind, availability=["Alive", "Deleted", "Purged"], dateFrom=since)["records"]
    for message in found[:3]:
        get(f"{mailbox}/{message['id']}")
        for attachment in message.get("attachments", []):
            # A fax that is still being sent has no content yet: MSG-368, a
            # status that the description does not name.
            queued = message.get("messageStatus") == "Queued"
            if not queued and attachment["contentType"] in DESCRIBED:
                get(f"{mailbox}/{message['id']}/content/{attachment['id']}")
messages = get(mailbox, perPage=3, dateFrom=since)["records"]
one, two, three = (message["id"] for message in messages)
# Prism cannot read a bare comma in a path, nor tell the two kinds of JSON body
# that a change may have apart: so several are read at once, but not changed.
several = {"Accept": "application/vnd.ringcentral.multipart+json"}
ask("GET", f"{mailbox}/{one}%2C{two}", status=207, headers=several)
ask("PUT", f"{mailbox}/{one}", {"readStatus": "Unread"})
ask("PATCH", f"{mailbox}/{two}", {"readStatus": "Read"})
ask("DELETE", f"{mailbox}/{three}", status=204)
first = get(f"{account}/extension/~/message-sync", syncType="FSync", recordCount=250, dateFrom=since)
get(f"{account}/extension/~/message-sync", syncType="ISync", syncToken=first["syncInfo"]["syncToken"])
task = ask("POST", f"{account}/message-store-report", {"dateFrom": since}, status=202)["id"]
get(f"{account}/message-store-report/{task}")
get(f"{account}/message-store-report/{task}/archive")
get(f"{account}/message-store-report/{task}/archive/0")

oauth("/restapi/oauth/revoke", token=grant["access_token"])
ask("GET", f"{account}/call-log", status=401)

get("/restapi")
ask("GET", f"{account}/call-log?view=Sideways", status=401)
print(f"sweep: {sent} further requests")
