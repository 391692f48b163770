"""What a request costs as there are more users, larger groups, more accounts."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import accounts
import copies
import loading
import people
import svg
from client import Client
from measure import Item, Measurements
from people import People
from rows import rows
from stack import Stack
from wrk import Script, wrk

# Up to so many users are created through the endpoints.
BY_REQUEST = 20_000
# Numbers of joiners, beyond all others.
FAR = 2_000_000_000
USERS_OF_AN_ACCOUNT = 10
LINES = ("get", "by_user_name", "list_first", "list_last", "patch_active", "post")


def by_users(told: argparse.Namespace, stack: Stack, work: Path, note: Callable[[str], None]) -> dict[str, Any]:
    """Rows by how many users the account has, and a member joining a group of them all; the stack is new."""
    client = Client(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"])
    found, loaded = {}, People(joiners=people.load_users(client, FAR, people.JOINERS, []))
    copies.make_templates(client)
    for size in told.plan.curve_users:
        _grow(stack, client, loaded, size)
        loading.settle(stack)
        stack.analyze(vacuum=True)
        # Those who deactivate and rename must not meet what an earlier size left.
        total = stack.number("identity", "SELECT count(*) FROM users WHERE account_id = 1")
        chosen = [
            row
            for row in rows(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"], loaded, work, total)
            if row.name in LINES or row.name == f"join_{size}"
        ]
        for row in chosen:
            if row.name == "post":
                row.script.sent = size * 1000
        found[size] = _measure(told, stack, note, {row.name.removesuffix(f"_{size}"): row.script for row in chosen})
        note(f"   {size} users: " + ", ".join(f"{name} {one['cpu_ms']:.2f} ms" for name, one in found[size].items()))
    return found


def _grow(stack: Stack, client: Client, loaded: People, size: int) -> None:
    """Makes the users so many, and a group of them all."""
    have = len(loaded.ids)
    if size <= BY_REQUEST:
        new = people.load_users(client, have, size - have, loaded.ids)
        people.load_teams(client, new, f"Team of {size}")
        loaded.ids += new
    else:
        copies.add_users(stack, have, size - have)
        copies.add_teams(stack, have, size - have)
        loaded.ids += copies.ids(stack, have, size - have)
    loaded.sized = {}
    if size <= BY_REQUEST:
        people.load_sized(client, loaded, [size])
    else:
        loaded.sized[size] = people.create_group(client, f"Group of {size}", loaded.joiners[-people.JOINED :])
        copies.add_everybody(stack, loaded.sized[size], loaded.joiners)


def by_accounts(told: argparse.Namespace, stack: Stack, work: Path, note: Callable[[str], None]) -> dict[str, Any]:
    """GET of a user and look-up, from one account after the other, ten users in each; the stack is new."""
    client = Client(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"])
    copies.make_templates(client)
    found, tokens, users = {}, {}, {}
    for count in told.plan.curve_accounts:
        first, last = len(tokens) + 2, count + 1
        tokens.update(accounts.add(stack, first, last))
        number = first * USERS_OF_AN_ACCOUNT
        amount = (last - first + 1) * USERS_OF_AN_ACCOUNT
        copies.add_users(stack, number, amount, f"n / {USERS_OF_AN_ACCOUNT}")
        copies.add_teams(stack, number, amount)
        users.update(copies.ids_by_account(stack, number, amount))
        stack.analyze(vacuum=True)
        lines = [
            f"GET\t/api/v3/accounts/{account}/scim/v2/Users/{users[account][turn]}\t\tAuthorization: Bearer {token}"
            for turn in range(USERS_OF_AN_ACCOUNT)
            for account, token in tokens.items()
        ]
        script = Script.write(work / "accounts.requests", lines, [])
        found[count] = _measure(told, stack, note, {"get": script})
        note(f"   {count} accounts: {found[count]['get']['cpu_ms']:.2f} ms")
    return found


def _measure(
    told: argparse.Namespace, stack: Stack, note: Callable[[str], None], scripts: dict[str, Script]
) -> dict[str, Any]:
    """CPU milliseconds of all processes per request, requests per second, p99 at sixteen connections and at one."""
    public = stack.variables["PUBLIC_URL"]
    measurements = Measurements(stack, lambda _: None)
    items = [
        Item(name, lambda count, seconds, script=script: wrk(public, script, count, seconds), stack.pids)
        for name, script in scripts.items()
    ]
    measurements.rounds(items, 1 if told.quick else 3, {16: 1 if told.quick else 5, 1: 1 if told.quick else 3})
    for fault in measurements.faults:
        note(f"FAULT: {fault}")
        raise RuntimeError(fault)
    found = {}
    for name in scripts:
        many, one = measurements.median(name, 16), measurements.median(name, 1)
        assert many and one
        found[name] = {
            "cpu_ms": sum(many["cpu_ms"].values()),
            "per_second": many["per_second"],
            "p99_ms": many["p99_ms"],
            "p50_ms_alone": one["p50_ms"],
            "p99_ms_alone": one["p99_ms"],
        }
    return found


def draw(curves: dict[str, dict[Any, Any]], out: Path) -> list[str]:
    """An SVG each; their names."""
    titles = {
        "users": ("Cost of a request by users of the account", "users"),
        "accounts": ("Cost of GET user by accounts", "accounts, ten users each"),
    }
    titles["group"] = ("Cost of PATCH ±1 member by size of the group", "members")
    made = []
    for name, points in curves.items():
        lines: dict[str, list[tuple[float, float]]] = {}
        for size, found in points.items():
            for row, one in found.items():
                lines.setdefault(row, []).append((float(size), max(one["cpu_ms"], 0.01)))
        if lines:
            title, across = titles[name]
            (out / f"{name}.svg").write_text(svg.curves(title, across, "CPU ms per request, all processes", lines))
            made.append(f"{name}.svg")
    return made
