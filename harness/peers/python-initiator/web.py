"""HTTP as the book wants it, sent with requests and received with http.server, which leaves much to do."""

import contextlib
import http.client
import io
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests.adapters
import urllib3.connection

from forms import json_object

LIMIT = 65536  # bytes of a message
PATIENCE = 15  # seconds for an answer; an issuer's deadline is 10 by default
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r\n")
STATUS = {"malformed-message": 400, "unsupported-version": 400, "token-expired": 400, "exchange-mismatch": 403,
          "signature-mismatch": 403, "unknown-exchange": 404, "method-not-allowed": 405, "conflicting-issue": 409,
          "message-too-large": 413, "unsupported-media-type": 415}
FIELDS = {405: {"Allow": "POST"}, 415: {"Accept": "application/json"}}  # beside those of every answer


class Refused(Exception):
    """A request is refused; the arguments are a name of STATUS and further members of the problem."""


def send(method, url, fields, trust, body=None):
    """Status and beginning of the answer; None as the status if no answer came within PATIENCE."""
    answers = []

    def work():  # an adapter without a session: no cookies, .netrc or proxies, no redirects, a new connection
        request = requests.Request(method, url, {"Accept-Encoding": "identity", **fields}, data=body).prepare()
        with contextlib.suppress(requests.RequestException, urllib3.exceptions.HTTPError), \
                contextlib.closing(requests.adapters.HTTPAdapter(max_retries=0)) as adapter, \
                contextlib.closing(adapter.send(request, True, (3, PATIENCE), trust)) as response:
            answers.append((response.status_code, response.raw.read(8192) if response.status_code == 400 else b""))

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(PATIENCE)  # the limits of requests begin anew with every byte; this one does not
    return answers[0] if answers else (None, b"")


class WholeLines(io.BufferedReader):
    def readline(self, *limit):
        line = super().readline(*limit)
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        return line


class WholeResponse(http.client.HTTPResponse):
    """http.client takes a head that breaks off for an answer, and an interim 103 for the final one; this does not."""
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fp = WholeLines(self.fp.detach())

    def _read_status(self):
        version, status, reason = super()._read_status()
        while 102 <= status < 200:
            http.client.parse_headers(self.fp)
            version, status, reason = super()._read_status()
        return version, status, reason


urllib3.connection.HTTPSConnection.response_class = WholeResponse


def read_body(file, headers, limit):
    """The body of a request, chunked or not, or its first limit + 1 bytes; ValueError if its framing is wrong."""
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    body = b""
    if not codings:
        if not re.fullmatch("[0-9]{1,18}", ",".join(lengths) or "0"):
            raise ValueError("Content-Length")
        length = min(int(lengths[0]) if lengths else 0, limit + 1)
        body = file.read(length)
        if len(body) < length:
            raise ValueError("a body that breaks off")
    elif lengths or len(codings) > 1 or codings[0].lower() != "chunked":
        raise ValueError("Transfer-Encoding")
    while codings and len(body) <= limit:
        size = CHUNK.fullmatch(file.readline(1024))
        if not size:
            raise ValueError("a chunk without its size")
        if int(size[1], 16) == 0:
            while len(file.readline(1024)) > 2:  # trailers, down to the empty line
                pass
            break
        body += file.read(min(int(size[1], 16), limit + 1 - len(body)))
        if len(body) <= limit and file.readline(2) != b"\r\n":
            raise ValueError("a chunk without its end")
    return body


class Handler(BaseHTTPRequestHandler):
    """One request on one connection, judged up to its JSON. What it means, a subclass says in take()."""
    protocol_version, timeout = "HTTP/1.1", 10  # seconds between two bytes

    def __getattr__(self, name):  # http.server looks for do_POST, do_GET and so on
        return self.do if name.startswith("do_") else object.__getattribute__(self, name)

    def do(self):
        try:
            self.take(self.message())
        except Refused as refused:
            name, members = refused.args[0], refused.args[1] if len(refused.args) > 1 else {}
            sys.stderr.write(f"refused: {name}\n")
            self.answer(STATUS[name], {"type": f"urn:btx:problem:{name}", "status": STATUS[name],
                                       "title": name.replace("-", " ").capitalize(), **members})

    def message(self):
        """The members of the message, judged up to its JSON. The body is read before, to have it off the line."""
        with contextlib.suppress(ValueError):
            body = read_body(self.rfile, self.headers, LIMIT)
            if self.command != "POST":
                raise Refused("method-not-allowed")
            media_types = [text.split(";")[0].strip().lower() for text in self.headers.get_all("Content-Type", [])]
            codings = {text.strip().lower() for text in self.headers.get_all("Content-Encoding", [])}
            if media_types != ["application/json"] or codings - {"identity"}:
                raise Refused("unsupported-media-type")
            if len(body) > LIMIT:
                raise Refused("message-too-large")
            return json_object(body)
        raise Refused("malformed-message")

    def answer(self, status, value=None):
        content = b"" if value is None else json.dumps(value).encode()
        fields = {"Cache-Control": "no-store", "Connection": "close", **FIELDS.get(status, {})}
        if content:
            fields["Content-Type"] = "application/problem+json" if status >= 400 else "application/json"
            fields["Content-Length"] = str(len(content))
        self.send_response(status)
        for name, text in fields.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content if self.command != "HEAD" else b"")
        if status == 413:  # to close with much unread would reset the connection, and the answer with it
            self.connection.settimeout(1)
            with contextlib.suppress(OSError):
                self.rfile.read(1 << 20)

    def log_message(self, *_):
        """http.server would log each request line."""


class Listener(ThreadingHTTPServer):
    """A listener, with TLS or without; its handlers find the initiator at self.server.initiator."""
    request_queue_size = 64

    def __init__(self, address, handler, initiator, tls=None):
        host, _, port = address.rpartition(":")
        super().__init__((host, int(port)), handler)
        self.initiator = initiator
        if tls:  # the handshake waits for the thread of the connection
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_):
        sys.stderr.write(f"a connection failed: {sys.exc_info()[0].__name__}\n")
