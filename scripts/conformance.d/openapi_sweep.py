"""Asks the simulator, through the validating proxy, for everything it offers
that our client does not use, so that those answers are checked too."""

import base64
import datetime
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

proxy, direct = sys.argv[1:3]
env = os.environ


def ask(base, path, data=None, headers=None):
    request = urllib.request.Request(base + path, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
            return json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return {"status": error.code}


basic = base64.b64encode(f"{env['RINGCENTRAL_CLIENT_ID']}:{env['RINGCENTRAL_CLIENT_SECRET']}".encode()).decode()
form = urllib.parse.urlencode(
    {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": env["RINGCENTRAL_JWT"]}
).encode()
grant = ask(direct, "/restapi/oauth/token", form, {"Authorization": f"Basic {basic}"})
signed = {"Authorization": f"Bearer {grant['access_token']}"}
since = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
account = "/restapi/v1.0/account/~"
calls = ask(proxy, f"{account}/call-log?view=Simple&perPage=5&dateFrom={since}", None, signed)
messages = ask(proxy, f"{account}/extension/~/message-store?perPage=5&dateFrom={since}", None, signed)
paths = [
    "/restapi/v1.0",
    account,
    f"{account}/service-info",
    f"{account}/extension?perPage=5",
    f"{account}/extension/~",
    f"{account}/extension/~/phone-number",
    f"{account}/extension/~/authz-profile",
    f"{account}/extension/~/authz-profile/check?permissionId=ReadMessages",
    f"{account}/call-recording",
    f"{account}/call-recording/extensions",
    f"{account}/call-log?view=Detailed&perPage=5&dateFrom={since}",
    f"{account}/call-log/{calls['records'][0]['id']}",
    f"{account}/extension/~/call-log?view=Detailed&dateFrom={since}",
    f"{account}/active-calls",
    f"{account}/call-log-sync?syncType=FSync&recordCount=10",
    f"{account}/extension/~/message-sync?syncType=FSync&recordCount=10&dateFrom={since}",
    f"{account}/extension/~/message-store/{messages['records'][0]['id']}",
]
for path in paths:
    answer = ask(proxy, path, None, signed)
    if isinstance(answer, dict) and "status" in answer and len(answer) == 1:
        sys.exit(f"{path} was answered with {answer['status']}")
print(f"sweep: {len(paths) + 2} further requests")
