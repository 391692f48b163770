"""The benchmark: what is done in which order. Started by tests/bench/run."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import arguments as command_line
import counters
import curves
import items
import large
import loading
import peer_stage
import pgbench
import report
import tables
from arguments import is_wanted
from chain import Chain
from client import Client
from measure import Measurements
from people import People
from processes import memory_mib
from rows import Row, rows
from stack import SERVICES, Stack

BEGUN = time.monotonic()
# Which limits are run in turn with which block of rows.
LIMITS = {
    "reads": ["chain", "hello", "select"],
    "lists": ["page", "page_and_count"],
    "patches": ["update"],
    "groups": ["member"],
    "creations": ["insert"],
}


def note(text: str) -> None:
    """A line with the time since the start."""
    print(f"[{time.monotonic() - BEGUN:5.0f} s] {text}", flush=True)


def checked(client: Client, row: Row) -> None:
    """Sends the first request of a row and fails where the answer is wrong."""
    method, path, *rest = row.script.path.read_text().split("\n", 1)[0].replace("@N@", "1").split("\t")
    answer = client.ask(method, path, rest[0] if rest else None)
    row.script.sent = 1
    if fault := row.check(client, answer):
        raise RuntimeError(f"{row.title}: {fault}")


def single_works(told: argparse.Namespace, stack: Stack, client: Client, loaded: People) -> dict[str, Any]:
    """What is measured one by one."""
    plan, done = told.plan, {}
    largest = max(loaded.sized)
    if is_wanted(told, "put"):
        size = min(10_000, largest)
        done["put"] = large.put(stack, client, loaded, size, max(5, plan.rounds))
        note(f"PUT of a group of {size}: {done['put']['ms']:.0f} ms")
    if is_wanted(told, "get_large"):
        done["get_large"] = large.get(stack, client, loaded, largest, plan.rounds)
        note(f"GET of a group of {largest}: {done['get_large']['ms']:.0f} ms")
    if is_wanted(told, "bulk"):
        done["bulk"] = large.bulk(client, plan.rounds, plan.bulk_operations)
        note(f"bulk: {done['bulk']['users_per_second']:.0f} users/s")
    return done


def measure(told: argparse.Namespace, stack: Stack, work: Path) -> dict[str, Any]:
    """Everything, with the stack up and empty."""
    plan = told.plan
    time.sleep(2)
    idle = {name: memory_mib(stack.pids()[name]) for name in SERVICES}
    note(f"loading {plan.users} users")
    loaded = loading.load(stack, plan.users, plan.sizes, told.statistics)
    note(f"loaded, {loaded.users_per_second:.0f} users/s; copying the databases for the limits")
    stack.stop_services()
    pgbench.copy(stack)
    stack.up()
    chain = Chain(told.chain, stack)
    try:
        chain.wait(loaded.ids[0])
        client = Client(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"])
        total = stack.number("identity", "SELECT count(*) FROM users WHERE account_id = 1")
        found = rows(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"], loaded, work, total)
        found = [row for row in found if is_wanted(told, row.name, row.block)]
        counts = {}
        stack.gather_statements(True)
        for row in found:
            checked(client, row)
            # What is kept ready after the first requests is not counted.
            counters.count(stack, client, row.script, 20)
            counts[row.name] = counters.count(stack, client, row.script, plan.counted)
        stack.gather_statements(False)
        note("every answer is right; statements and calls are counted")
        runnable = items.all_of(stack, chain, found, loaded, work)
        measurements = Measurements(stack, note)
        for block, limits in LIMITS.items():
            block_rows = [row for row in found if row.block == block]
            if block_rows:
                note(block)
                chosen = [runnable[name] for name in [*(row.name for row in block_rows), *limits]]
                measurements.rounds(chosen, plan.rounds, plan.connections)
        works = single_works(told, stack, client, loaded)
        if is_wanted(told, "peers"):
            peer_stage.measure(told, stack, measurements, work, note)
        memory = {"idle_mib": idle, "loaded_mib": measurements.loaded_mib}
    finally:
        chain.stop()
    return report.collect(told, found, LIMITS, measurements, counts, works, memory, loaded)


def draw_curves(told: argparse.Namespace, stack: Stack, results: dict[str, Any], work: Path) -> None:
    """The curves, each from a new stack; the group's from the rows and from that of the users."""
    found: dict[str, dict[Any, Any]] = {}
    for name, measured in (("users", curves.by_users), ("accounts", curves.by_accounts)):
        note(f"curve by {name}")
        stack.down()
        stack.up()
        found[name] = measured(told, stack, work, note)
    found["group"] = {
        int(name.removeprefix("join_")): {"at 16 connections": {"cpu_ms": sum(row["at"][16]["cpu_ms"].values())}}
        for name, row in results["rows"].items()
        if name.startswith("join_")
    }
    for size, rows_of in found["users"].items():
        if "join" in rows_of:
            found["group"].setdefault(size, {"at 16 connections": rows_of["join"]})
    found["group"] = dict(sorted(found["group"].items()))
    results["curves"] = found
    note("drawn: " + ", ".join(curves.draw(found, told.out)))


def write(results: dict[str, Any], out: Path) -> None:
    """Keeps what there is so far."""
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "results.md").write_text(tables.markdown(results))


def main() -> int:
    """Runs all and says whether it went without errors."""
    told = command_line.parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    told.out.mkdir(parents=True, exist_ok=True)
    work = told.out / "requests"
    work.mkdir(exist_ok=True)
    stack = Stack(told.dir, told.programs, autovacuum=told.statistics == "fresh")
    stack.down()
    try:
        stack.up()
        results = measure(told, stack, work)
        write(results, told.out)
        if is_wanted(told, "curves"):
            draw_curves(told, stack, results, work)
    finally:
        stack.down()
    write(results, told.out)
    print("\n" + tables.markdown(results))
    for fault in results["faults"]:
        print(f"FAULT: {fault}", file=sys.stderr)
    note("done" if not results["faults"] else f"{len(results['faults'])} faults")
    return 1 if results["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
