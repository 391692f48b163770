"""What can be run, rows and limits."""

from pathlib import Path

import pgbench
from chain import Chain
from measure import Item
from people import People
from rows import Row, sample
from stack import Stack
from wrk import Script, wrk


def all_of(stack: Stack, chain: Chain, found: list[Row], loaded: People, work: Path) -> dict[str, Item]:
    """What can be run, rows and limits, by name."""
    public = stack.variables["PUBLIC_URL"]
    items = {
        row.name: Item(
            row.name,
            lambda count, seconds, script=row.script: wrk(public, script, count, seconds),
            stack.pids,
            row.changes,
            row.idle,
        )
        for row in found
    }
    users = Script.write(work / "chain.requests", [f"GET\t/Users/{loaded.ids[n]}" for n in sample(loaded)], [])
    root = Script.write(work / "hello.requests", ["GET\t/"], [])
    postgres = {"postgres": stack.pids()["postgres"]}
    items["chain"] = Item(
        "chain", lambda count, seconds: wrk(chain.url, users, count, seconds), lambda: {**chain.pids(), **postgres}
    )
    items["hello"] = Item(
        "hello",
        lambda count, seconds: wrk(chain.hello_url, root, count, seconds),
        lambda: {"hello": chain.started["hello"].pid},
    )
    group = loaded.sized[max(size for size in loaded.sized if size <= 10_000)]
    for name, (database, text) in pgbench.scripts(stack, len(loaded.ids), group).items():
        path = work / f"{name}.sql"
        path.write_text(text)
        items[name] = Item(
            name,
            lambda count, seconds, database=database, path=path: pgbench.run(stack, database, path, count, seconds),
            lambda: postgres,
        )
    return items
