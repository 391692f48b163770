"""What schemathesis cannot guess: the account, ids of things that are there, and what would shut it out."""

import json
import os
import random
import urllib.request

import schemathesis

ACCOUNT = int(os.environ["ACCOUNT_ID"])
URL = os.environ["PUBLIC_URL"]
TOKEN = os.environ["ADMIN_TOKEN"]
# The collection that the ids of a path are from.
COLLECTIONS = {
    "users": "users",
    "permissions": "users",
    "groups": "groups",
    "group-permissions": "groups",
    "invites": "invites",
    "license-maps": "license-maps",
    "ip-restrictions": "ip-restrictions",
    "tokens": "scim-config/tokens",
    "admin-tokens": "admin-tokens",
}
random.seed(1)


def ids(collection):
    """Some ids as they are now."""
    request = urllib.request.Request(
        f"{URL}/api/v3/accounts/{ACCOUNT}/{collection}/?limit=10",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request) as answer:
        items = json.load(answer)["data"]
    # Not the token of this very client.
    return [item["id"] for item in items if not item.get("is_current")]


@schemathesis.hook
def before_call(context, case, kwargs):
    place(case.operation.path, case.path_parameters or {})
    if isinstance(case.body, dict):
        fill(case.operation.path, case.body)


def place(path, parameters):
    if str(parameters.get("account_id")).isdigit():
        parameters["account_id"] = ACCOUNT
    names = path.strip("/").split("/")
    collection = COLLECTIONS.get(names[names.index("{id}") - 1]) if "{id}" in names else None
    if collection and (random.random() < 0.7 or collection == "admin-tokens"):
        found = ids(collection)
        if found:
            parameters["id"] = random.choice(found)
        elif collection == "admin-tokens":
            parameters["id"] = 0
    if "/licenses/{id}/" in path and random.random() < 0.7:
        parameters["id"] = "developer"


def fill(path, body):
    if isinstance(body.get("account_id"), int) and random.random() < 0.9:
        body["account_id"] = ACCOUNT
    if "user_id" in body and random.random() < 0.7:
        body["user_id"] = random.choice(ids("users") or [body["user_id"]])
    for name in ("desired_group_ids", "group_ids"):
        if isinstance(body.get(name), list) and random.random() < 0.7:
            body[name] = ids("groups")[:2]
    if isinstance(body.get("license_type"), str) and random.random() < 0.7:
        body["license_type"] = random.choice(["developer", "read_only", "analyst", "it"])
    if isinstance(body.get("email_addresses"), list) and random.random() < 0.7:
        body["email_addresses"] = [f"{random.getrandbits(64):x}@acme.example"]
    if isinstance(body.get("cidrs"), list) and random.random() < 0.5:
        body["cidrs"] = ["192.0.2.0/24", {"cidr_ipv6": "2001:db8::/32"}]
    # Else the rules would keep out this very client, and SCIM would refuse what is to be tried.
    for name, value in (("rule_set_enabled", False), ("manual_updates_allowed", True)):
        if isinstance(body.get(name), bool):
            body[name] = value
    if path.endswith("/ip-restrictions-set/") and isinstance(body.get("enabled"), bool):
        body["enabled"] = False
