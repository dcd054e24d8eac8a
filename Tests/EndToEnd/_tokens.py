"""Tokens of OAuth 2.0 as an authorization server makes them, for servers that check them by themselves."""

import base64
import hashlib
import hmac
import json
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
