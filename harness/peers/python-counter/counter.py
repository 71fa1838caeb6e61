"""A counter for services that prove themselves with a service JWT. Usage: python counter.py CONFIG.json"""

import json
import socket
import sys
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import flask
import jwt
import requests

app = flask.Flask(__name__)
config = json.loads(open(sys.argv[1], encoding="utf-8").read())
used, held = {}, {}  # (client, jti): the claims, and URL: (the document or the keys, until when they are fresh)


def must(fact, words):
    if not fact:
        raise ValueError(words)


def fetch(url, largest):
    """The JSON at a URL of a stranger, from memory as long as it is fresh."""
    document, end = held.get(url, (None, 0))
    if time.time() < end:
        return document
    deadline = time.monotonic() + 4
    for *_, (address, *_) in socket.getaddrinfo(urlsplit(url).hostname, None):
        must(ip_address(address).is_global or address in config["allowed"], "an address of special use")
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    how = {"allow_redirects": False, "timeout": 2, "stream": True, "verify": config["trust"]}
    with requests.get(url, headers=headers, **how) as answer:
        kind = answer.headers.get("Content-Type", "").split(";")[0].strip()
        must(answer.status_code == 200 and kind == "application/json", "no document")
        raw = b""
        for piece in answer.iter_content(1024):
            raw += piece
            must(len(raw) <= largest and time.monotonic() < deadline, "too large or too slow")
        control = [part.strip() for part in answer.headers.get("Cache-Control", "max-age=300").split(",")]
        age = next((int(part[8:]) for part in control if part.startswith("max-age=")), 0)
        held[url] = json.loads(raw), time.time() + (0 if "no-store" in control else min(age, 86400))
        return held[url][0]


def client_of(token):
    """The client that has signed the token for this resource, once; an error if there is none."""
    unproved = jwt.decode_complete(token, options={"verify_signature": False})
    header, claims = unproved["header"], unproved["payload"]
    client, place = claims["iss"], urlsplit(claims["iss"])
    must(place.scheme == "https" and len(place.path) > 1 and not place.query and "@" not in client, "no client id")
    must(header["typ"] == "service+jwt" and claims["sub"] == client, "no service JWT")
    must(claims["aud"] == config["identifier"] and claims["exp"] > time.time() - 60, "not for us, or not now")
    must(claims["exp"] - claims["iat"] <= 300 and 16 <= len(claims["jti"]) <= 128, "out of bounds")
    document = fetch(client, 5120)
    must(document["client_id"] == client and "client_secret" not in document, "no document of this client")
    at = urlsplit(document.get("jwks_uri", client))
    must(at[:2] == place[:2] and ("jwks" in document) != ("jwks_uri" in document), "keys of somebody else")
    keys = document.get("jwks") or fetch(document["jwks_uri"], 16384)
    (key,) = (key for key in keys["keys"] if key["kid"] == header["kid"])
    jwt.decode(token, jwt.PyJWK(key, "ES256"), ["ES256"], audience=config["identifier"], leeway=60)
    must(used.setdefault((client, claims["jti"]), claims) is claims, "used before")  # one step, of one thread
    return client


@app.get("/counter")
def counter():
    scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
    challenge = 'Bearer realm="counter"'
    try:
        if scheme.lower() == "bearer":
            return {"client": client_of(token), "counter": len(used)}
    except Exception as error:  # whatever is wrong with what a stranger sends, it opens nothing
        challenge += ', error="invalid_token"'
        print(repr(error), file=sys.stderr)
    return {}, 401, {"WWW-Authenticate": challenge}


app.run(port=urlsplit(config["identifier"]).port, ssl_context=(config["certificate"], config["key"]))
