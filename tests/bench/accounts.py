"""Many accounts: copies of the first, with a token each."""

import hashlib
import os
import zlib

from copies import columns
from stack import Stack

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def secret() -> str:
    """A SCIM token as `token` makes them."""
    text = "mst_scim_" + _base62(int.from_bytes(os.urandom(32), "big"), 43)
    return text + _base62(zlib.crc32(text.encode()), 6)


def add(stack: Stack, first: int, last: int) -> dict[int, str]:
    """Accounts of the numbers with SCIM switched on; their tokens."""
    names, values = columns(stack, "settings", "accounts", {"account_id": "n"})
    series = f"generate_series({first}, {last}) n"
    stack.sql(
        "settings", f"INSERT INTO accounts ({names}) SELECT {values} FROM accounts t, {series} WHERE t.account_id = 1"
    )
    tokens = {number: secret() for number in range(first, last + 1)}
    rows = ", ".join(
        f"({number}, '\\x{hashlib.sha256(text.encode()).hexdigest()}'::bytea)" for number, text in tokens.items()
    )
    names, values = columns(
        stack, "token", "tokens", {"account_id": "made.n", "secret_sha256": "made.secret", "last_used_at": "NULL"}
    )
    values = values.replace("n::text", "made.n::text")
    stack.sql(
        "token",
        f"INSERT INTO tokens ({names}) SELECT {values} FROM tokens t, (VALUES {rows}) made (n, secret) "
        "WHERE t.account_id = 1 AND t.kind = 'scim' AND t.id = (SELECT min(id) FROM tokens WHERE account_id = 1 AND kind = 'scim')",
    )
    return tokens
