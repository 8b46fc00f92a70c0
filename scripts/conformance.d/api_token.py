"""Signs in at an Archiver before the simulators as their administrator, connects, turns the backup on, and prints a personal token that may
change things. For scripts/conformance; uses nothing but the standard library.

    api_token.py http://127.0.0.1:PORT/
"""

import html
import http.client
import re
import sys
import urllib.parse


class Browser:
    """One cookie, forms with their token, redirects followed by hand."""

    def __init__(self, server):
        self.server = urllib.parse.urlsplit(server)
        self.cookie = None

    def send(self, url, form=None):
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.server.geturl(), url))
        headers = {"host": parts.netloc}
        ours = parts.netloc == self.server.netloc
        if ours and self.cookie:
            headers["cookie"] = self.cookie
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"origin": f"http://{parts.netloc}", "content-type": "application/x-www-form-urlencoded"}
        line = http.client.HTTPConnection(parts.netloc, timeout=60)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST" if form is not None else "GET", path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        if ours and answer.getheader("set-cookie"):
            self.cookie = answer.getheader("set-cookie").split(";")[0]
        return answer, text

    def field(self, page, name):
        _, text = self.send(page)
        found = re.search(f'name="{name}" value="([^"]*)"', text)
        assert found, f"no field {name} on {page}: {text}"
        return found.group(1)

    def post(self, page, to, **fields):
        return self.send(to, {"form_token": self.field(page, "form_token"), **fields})

    def there_and_back(self, page, to):
        """Out to a provider's consent page, which consents by itself, and back."""
        _, text = self.post(page, to)
        out = re.search('content="0;url=([^"]*)"', text)
        assert out, f"{to} leads nowhere: {text}"
        answer, _ = self.send(html.unescape(out.group(1)))
        self.send(answer.getheader("location"))


def main(server):
    browser = Browser(server)
    browser.there_and_back("/sign-in", "/sign-in")
    browser.post("/sign-in/confirm", "/sign-in/confirm", proof=browser.field("/sign-in/confirm", "proof"))
    browser.there_and_back("/", "/connect")
    browser.post("/backup?view=account", "/backup/switch", view="account", enabled="on", history="yes")
    _, text = browser.post("/tokens", "/tokens", name="schemathesis", days="1", change="on", account="on")
    print(re.search("arc_[A-Za-z0-9_-]{43}", text).group(0))


main(sys.argv[1])
