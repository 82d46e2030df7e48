"""Who schemathesis is, and how it makes up what no pattern describes.

It is one of the admins of the server that tests/schemathesis/run has started. Some calls end the session that they are
made in, or the account; after them the next call signs in again, so that no call is only ever answered with 401. There
are several admins because an account is closed to guesses, and so to sign-ins, after some within a minute.
"""

import base64
import json
import os
import urllib.error
import urllib.request

import schemathesis
from hypothesis import strategies as st

# Calls after which the token may be good for nothing.
ENDING = {
    "auth.logout",
    "session.end",
    "password.change",
    "password.reset.confirm",
    "user.me.delete",
    "admin.session.end",
    "admin.user.change",
    "admin.user.delete",
}

# Rules that the document names in `format`. What is made here is good; what is wrong, schemathesis makes up itself.
WORDS = st.text("abcdefghijklmnopqrstuvwxyzäжش中", min_size=3, max_size=20).map(lambda text: f"a{text}z")
NAMES = st.text("abcdefghijklmnopqrstuvwxyz23456789", min_size=8, max_size=20).map(lambda text: f"q{text}")
FORMATS = {
    "display-name": WORDS,
    "draft": WORDS,
    "email": NAMES.map(lambda name: f"{name}@example.org"),
    "emoji": st.sampled_from(["👍", "❤️", "🎉", "👩‍🚒", "1️⃣"]),
    "file-name": WORDS.map(lambda text: f"{text}.txt"),
    "invite-code": NAMES,
    "message-body": WORDS,
    "new-password": NAMES.map(lambda name: f"{name}-by-chance"),
    "nickname": WORDS,
    "reason": WORDS,
    "search-text": WORDS,
    "status-text": WORDS,
    "title": WORDS,
    "username": NAMES,
    "waveform": st.binary(max_size=64).map(lambda steps: base64.b64encode(steps).decode()),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)

token = None
cursors = {}


keepers = os.environ["KEEPERS"].split()


def request(path, body=None, headers={}):
    url = os.environ["SERVER_URL"] + "/api/v1" + path
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def sign_in():
    for _ in range(len(keepers)):
        keepers.append(keepers.pop(0))
        body = {"identifier": keepers[0], "password": os.environ["KEEPER_PASSWORD"]}
        try:
            return request("/auth/login", body)["access_token"]
        except urllib.error.HTTPError:
            # Switched off, deleted, or closed for a minute: there are others.
            continue
    raise RuntimeError("no admin can sign in any more: give tests/schemathesis/run more of them")


def is_signed_in():
    try:
        request("/admin/stats", headers={"Authorization": f"Bearer {token}"})
        return True
    except urllib.error.HTTPError:
        return False


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    def get(self, case, context):
        global token
        if token is None:
            token = sign_in()
        return token

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def name_of(case):
    return case.operation.definition.raw.get("operationId")


@schemathesis.hook
def before_call(context, case, kwargs):
    # A cursor is the server's own: where everything is right, it is one that this list has given, or none.
    is_good = case.meta is not None and case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE
    if is_good and case.query and "cursor" in case.query:
        if name_of(case) in cursors:
            case.query["cursor"] = cursors[name_of(case)]
        else:
            del case.query["cursor"]


@schemathesis.hook
def after_call(context, case, response):
    global token
    name = name_of(case)
    if name in ENDING and response.status_code < 400 and not is_signed_in():
        token = None
    if response.status_code == 200 and b'"next_cursor":"' in response.content:
        cursors[name] = response.json()["next_cursor"]
