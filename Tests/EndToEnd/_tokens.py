"""Tokens of OAuth 2.0 as an authorization server makes them, for servers that check them by themselves."""

import base64
import hashlib
import hmac
import json
import os
import time

TOKEN_KEY = b"0123456789abcdef0123456789abcdef"


def token(user, seconds=3600):
    """A JSON Web Token (RFC 7519) for a user, as an authorization server would make it."""

    def part(value):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    text = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"sub": user, "iat": now - 5, "exp": now + seconds})
    return (text + b"." + part(hmac.new(TOKEN_KEY, text, hashlib.sha256).digest())).decode()


def dovecot_database(state):
    """The block of dovecot.conf that takes these tokens; its files lie in the folder of the server."""
    keys = os.path.join(state, "keys", "default", "HS256")
    os.makedirs(keys)
    with open(os.path.join(keys, "default"), "wb") as key:
        key.write(base64.b64encode(TOKEN_KEY))
    settings = os.path.join(state, "oauth2.ext")
    with open(settings, "w", encoding="utf-8") as lines:
        lines.write(f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={state}/keys/\n"
                    "username_attribute = sub\n")
    return f"passdb {{\n driver = oauth2\n mechanisms = oauthbearer xoauth2\n args = {settings}\n}}"
