"""Counts what scim-sanity found, and prints what failed. Reads its JSON report from standard input."""

import json
import sys

# What it wants and RFC 7644 section 3.5.2 does not: a PATCH may be answered with 204, and an unknown member be refused.
ALLOWED = {
    ("PATCH /Groups/{id}", "Expected HTTP 200, got 204 (RFC 7644 §3.3); Response body is empty"),
    ("PATCH /Groups/{id} add member", "Expected 200, got 400"),
    ("PATCH /Groups/{id} remove members", "Expected 200, got 204"),
}

results = json.load(sys.stdin)["results"]
bad = [
    result
    for result in results
    if result["status"] not in ("pass", "skip") and (result["name"], result["message"]) not in ALLOWED
]
for result in bad:
    print(f"{result['status']} {result['name']}: {result['message']}")
passed = sum(result["status"] == "pass" for result in results)
failed = len(bad)
print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed")
sys.exit(1 if failed or not passed else 0)
