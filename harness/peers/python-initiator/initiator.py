"""A BTX initiator: it gets bearer tokens from issuers and shows them to their APIs.

Usage: python initiator.py CONFIG.json. README.md says what the file holds, and what this program leaves out.
"""

import base64
import contextlib
import hmac
import ipaddress
import json
import secrets
import ssl
import sys
import threading
import time
import uuid
from pathlib import Path
from types import SimpleNamespace

import requests

from forms import FORMS, is_identifier, json_object, split_url, unix_time
from web import Handler, Listener, Refused, send

VERSIONS = ["BTX-1"]  # those that are spoken, most preferred first
SKEW = 60  # seconds by which the clocks may differ


class Initiator:
    def __init__(self, identifier, peers, trust):
        self.identifier, self.trust, self.peers = identifier, trust, {}
        self.lock = threading.Lock()  # each change of these tables is one step
        self.open = {}  # exchange_id: exchange, which knows its issuer; ids are this initiator's own and occur once
        self.tokens = {}  # identifier of the issuer: (bearer_token, expires_at), live
        for peer in peers:
            self.register(peer)

    def register(self, peer):
        """Knows a peer from now on, or raises ValueError."""
        issuer, call, (origin, target) = peer["identifier"], peer["token_call"], split_url(peer["token_issue"][0])
        if not (is_identifier(self.identifier) and is_identifier(issuer) and split_url(call)):
            raise ValueError("an identifier or URL is not of its form")
        if requests.Request("POST", call).prepare().url not in (call, call + "/"):
            raise ValueError("a URL that requests would alter, by resolving its dots for instance")
        with self.lock:
            if issuer in [known.identifier for known in self.peers.values()] or origin != split_url(self.identifier)[0]:
                raise ValueError("an issuer twice, or token issues that would not come to this origin")
            self.peers[peer["name"]] = SimpleNamespace(identifier=issuer, call=call, target=target)

    def remove(self, issuer):
        """Forgets a peer, and its token with it."""
        with self.lock:
            self.peers = {name: peer for name, peer in self.peers.items() if peer.identifier != issuer}
            self.tokens.pop(issuer, None)

    def exchange(self, peer):
        """Gets a token, with a second call if the first was refused for its version; the outcome in words."""
        outcome, offered = self.attempt(peer, VERSIONS[0])
        common = [version for version in VERSIONS if version in offered]
        return self.attempt(peer, common[0])[0] if common else outcome

    def attempt(self, peer, version):
        """One exchange; the outcome in words, and the versions that a refusal offers."""
        exchange = SimpleNamespace(peer=peer, version=version, id=str(uuid.uuid4()), held=None)
        exchange.key = secrets.token_bytes(32)
        message = {"version": version, "exchange_id": exchange.id, "issuer": peer.identifier,
                   "initiator": self.identifier, "hmac_key": base64.b64encode(exchange.key).decode()}
        with self.lock:
            self.open[exchange.id] = exchange  # before the first byte leaves, since the token issue may be quick
        fields = {"Content-Type": "application/json"}
        status, content = send("POST", peer.call, fields, self.trust, json.dumps(message).encode())
        with self.lock:  # the end: id and key are forgotten, and the token is live or forgotten too
            del self.open[exchange.id]
            if status == 204 and exchange.held:
                self.tokens[peer.identifier] = exchange.held
        outcome = f"answer {status or 'none'}" if status != 204 else "a token" if exchange.held else "204 without a token"
        sys.stderr.write(f"{exchange.id} with {peer.identifier}: {outcome}\n")
        return outcome, offered_versions(content) if status == 400 else []

    def judge(self, target, issue):
        """Keeps the token of a token issue that came to this request target, or raises Refused."""
        if issue.get("version") not in VERSIONS:
            raise Refused("unsupported-version", {"accept_versions": VERSIONS})
        if not all(isinstance(issue.get(name), str) and has_form(issue[name]) for name, has_form in FORMS.items()):
            raise Refused("malformed-message")
        with self.lock:
            exchange = self.open.get(issue["exchange_id"])
            if not exchange or exchange.peer.target != target:
                raise Refused("unknown-exchange")
            stored = exchange.version, exchange.peer.identifier, self.identifier
            if stored != (issue["version"], issue["issuer"], issue["initiator"]):
                raise Refused("exchange-mismatch")
            token, expires_at = issue["bearer_token"], issue["expires_at"]
            signed = "\n".join([f"{exchange.version} token-issue", exchange.peer.identifier, self.identifier,
                                exchange.id, expires_at, token])
            signature = hmac.digest(exchange.key, signed.encode(), "sha256")
            if not hmac.compare_digest(signature, base64.b64decode(issue["signature"])):
                raise Refused("signature-mismatch")
            if exchange.held:
                if exchange.held != (token, expires_at):
                    raise Refused("conflicting-issue")
            elif unix_time(expires_at) + SKEW <= time.time():
                raise Refused("token-expired")
            exchange.held = token, expires_at

    def call(self, peer, url):
        """The status of a GET to an API of the peer, with its token if one is live."""
        held = self.tokens.get(peer.identifier)
        live = held and time.time() < unix_time(held[1])
        status, _ = send("GET", url, {"Authorization": f"Bearer {held[0]}"} if live else {}, self.trust)
        with self.lock:
            if status == 401 and self.tokens.get(peer.identifier) == held:
                self.tokens.pop(peer.identifier, None)
        return status


def offered_versions(content):
    """The versions to choose from after a 400: none, unless it refuses the version and has a proper list."""
    with contextlib.suppress(ValueError):
        problem = json_object(content)
        offered = problem.get("accept_versions")
        if problem.get("type") == "urn:btx:problem:unsupported-version" and isinstance(offered, list):
            if all(isinstance(version, str) for version in offered) and len(set(offered)) == len(offered):
                return offered
    return []


class TokenIssues(Handler):
    def take(self, issue):
        self.server.initiator.judge(self.path, issue)
        self.answer(204)


class Admin(Handler):
    def take(self, order):
        if self.path == "/" and order.get("verb") == "peers":
            return self.answer(200, {"id": int(order["id"]), **self.change(order)})
        initiator, url = self.server.initiator, split_url(str(order.get("url")))
        peer = initiator.peers.get(str(order.get("peer")))
        if peer and self.path == "/exchange":
            self.answer(200, {"outcome": initiator.exchange(peer)})
        elif peer and self.path == "/call" and url and url[0] == split_url(peer.identifier)[0]:
            self.answer(200, {"status": initiator.call(peer, order["url"])})
        else:
            self.answer(404, {"title": "no such path, no such peer, or a URL of another origin than the peer's"})

    def change(self, order):
        """The verb `peers` of the hooks, by which a laboratory registers parties and removes them."""
        registered, refused = [], []
        for issuer in order.get("remove", []):
            self.server.initiator.remove(issuer)
        for peer in map(dict, order.get("register", [])):  # within a message objects are pairs
            try:
                self.server.initiator.register(peer)
                registered.append(peer["name"])
            except (KeyError, TypeError, ValueError) as wrong:
                refused.append({"name": peer.get("name", ""), "reason": str(wrong)})
        return {"registered": registered, "refused": refused}


def main(path):
    config = json.loads(path.read_text())
    files = {name: path.parent / config[name] for name in ("certificate", "key", "trust", "peers")}
    if not ipaddress.ip_address(config["admin"].rpartition(":")[0]).is_loopback:
        raise ValueError("the admin listener belongs on loopback")
    initiator = Initiator(config["identifier"], json.loads(files["peers"].read_text()), str(files["trust"]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(files["certificate"], files["key"])
    issues = Listener(config["listen"], TokenIssues, initiator, tls)
    threading.Thread(target=Listener(config["admin"], Admin, initiator).serve_forever, daemon=True).start()
    print("listening", flush=True)
    issues.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
