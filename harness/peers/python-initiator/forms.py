"""The forms of values and of JSON, as narrow as the book has them. Python's libraries take more."""

import contextlib
import ipaddress
import json
import re
from datetime import datetime, timezone

LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)*(?!(?:[0-9]+|0x[0-9a-f]*)\Z){LABEL}")
URL = re.compile(r'(https://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?!443\b)([1-9][0-9]{0,4}))?)'
                 r'((?:/[!"$->@-\[\]-~]*)?)((?:\?[!"$-\[\]-~]*)?)')
TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def split_url(text):
    """Origin and request target of a URL of the book's narrow form, be it with a query; None if it is none."""
    match = URL.fullmatch(text) if len(text) <= 2048 else None
    if not match or int(match[3] or 0) > 65535:
        return None
    try:
        if match[2].startswith("["):
            ipaddress.IPv6Address(match[2][1:-1])
        elif not NAME.fullmatch(match[2]):
            ipaddress.IPv4Address(match[2])
    except ValueError:
        return None
    return match[1], (match[4] or "/") + match[5]


def is_identifier(text):
    return len(text) <= 512 and "?" not in text and split_url(text) is not None


def unix_time(text):
    """Seconds since 1970 of a timestamp in its one form; None if it is none."""
    with contextlib.suppress(ValueError):  # a day or an hour that does not exist
        if TIME.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
    return None


# The forms of the members of a token issue.
FORMS = {
    "exchange_id": re.compile(r"(?!(?:[0-]+|[f-]+)\Z)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch,
    "issuer": is_identifier,
    "initiator": is_identifier,
    "bearer_token": re.compile(r"(?=.{20,4096}\Z)[A-Za-z0-9._~+/-]+=*").fullmatch,
    "expires_at": lambda text: unix_time(text) is not None,
    "signature": re.compile("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=").fullmatch,
}


def json_object(body):
    """The members of the one strict JSON object that a body is; ValueError if it is none."""
    def refuse(constant):
        raise ValueError("NaN or Infinity")

    def depth(value):  # an object is a tuple of tuples here and counts twice; 32 levels of objects are plenty
        return 1 + max(map(depth, value), default=0) if isinstance(value, (list, tuple)) else 0

    try:  # parse_int: int() refuses numbers of more than 4300 digits, which an unknown member may have
        pairs = json.loads(body.decode(), object_pairs_hook=tuple, parse_constant=refuse, parse_int=float)
        if isinstance(pairs, tuple) and len(dict(pairs)) == len(pairs) and depth(pairs) <= 64:
            return dict(pairs)
    except RecursionError:
        pass
    raise ValueError("not one object with each name once")
