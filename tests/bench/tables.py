"""From results to the tables of docs/performance.md."""

from typing import Any

import budgets

LIMIT_TITLES = {
    "chain": "bare chain",
    "hello": "axum `hello`",
    "select": "pgbench: select by key",
    "page": "SQL page of 100",
    "page_and_count": "SQL page of 100 and count",
    "update": "pgbench: lock, update and log",
    "member": "pgbench: lock group, add member and log",
    "insert": "pgbench: insert and log",
}
PEER_TITLES = {
    "django": "`django-scim2`",
    "scim2_server": "`scim2-server` (in memory)",
    "scimmy": "`scimmy-routers` (in memory)",
}
PROCESSES = ["gateway", "identity", "group", "token", "settings", "postgres", "redis"]


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _met(value: float, wanted: tuple[float, float], most: bool = False) -> str:
    first, end = (value <= one if most else value >= one for one in wanted)
    return "in the end" if end else "first pass" if first else "**no**"


def markdown(results: dict[str, Any]) -> str:
    """The tables."""
    m = results["machine"]
    head = (
        f"{results['when']}, {m['cores']} cores ({m['processor']}), {m['memory_gib']} GiB, load tool included; "
        f"{results['users']:,} users, statistics {results['statistics']}, medians of {results['rounds']} rounds"
        f"{', --quick' if results['quick'] else ''}.\n\n"
    )
    parts = [head, _rows(results), _limits(results), _costs(results), _works(results), _beside(results)]
    return "\n".join(part for part in parts if part)


def _times(one: float, other: float) -> str:
    return f"{one / other:.2f}" if other else "–"


def _rows(results: dict[str, Any]) -> str:
    text = "| request | req/s at 1 / 16 / 64 | p50, p99 ms at 16 | limit | ratio at 1 / 16 / 64 | budget first, end | met |\n|---|---|---|---|---|---|---|\n"
    for name, row in results["rows"].items():
        at = row["at"]
        rates = " / ".join(_number(at[count]["per_second"]) for count in sorted(at))
        ratios = " / ".join(_number(at[count]["ratio"], 2) for count in sorted(at))
        mine, budget = at[budgets.CONNECTIONS], budgets.of(name)
        met = _met(mine["ratio"], budget) if budget and mine["ratio"] else "–"
        wanted = f"{budget[0]:.2f}, {budget[1]:.2f}" if budget else "–"
        latency = f"{_number(mine['p50_ms'], 1)}, {_number(mine['p99_ms'], 1)}"
        text += (
            f"| {row['title']} | {rates} | {latency} | {LIMIT_TITLES[row['limit']]} | {ratios} | {wanted} | {met} |\n"
        )
    return text if results["rows"] else ""


def _limits(results: dict[str, Any]) -> str:
    if not results["limits"]:
        return ""
    text = "| limit | per second at 1 / 16 / 64 | p50, p99 ms at 16 |\n|---|---|---|\n"
    for limit in results["limits"].values():
        at = {count: median for count, median in limit["at"].items() if median}
        rates = " / ".join(_number(at[count]["per_second"]) for count in sorted(at))
        mine = at[budgets.CONNECTIONS]
        text += f"| {limit['title']} | {rates} | {_number(mine['p50_ms'], 2)}, {_number(mine['p99_ms'], 2)} |\n"
    return text


def _costs(results: dict[str, Any]) -> str:
    if not results["rows"]:
        return ""
    text = (
        "| request | CPU ms: "
        + " | ".join(PROCESSES)
        + " | all | SQL | plans | rows | Redis | RPCs |\n"
        + "|---" * (len(PROCESSES) + 7)
        + "|\n"
    )
    for row in results["rows"].values():
        cpu, counts = row["at"][budgets.CONNECTIONS]["cpu_ms"], row["counts"]
        cells = [_number(cpu[name], 2) for name in PROCESSES] + [_number(sum(cpu.values()), 2)]
        cells += [_number(counts[name], 1) for name in ("statements", "plans", "rows", "redis", "rpcs")]
        text += f"| {row['title']} | " + " | ".join(cells) + " |\n"
    return text


def _works(results: dict[str, Any]) -> str:
    works, text = results["works"], "| work | measured | budget first, end | met |\n|---|---|---|---|\n"
    if bulk := works.get("bulk"):
        rate, wanted = bulk["users_per_second"], budgets.BULK_USERS_PER_SECOND
        text += f"| bulk creations, four requests of {bulk['operations']} at once | {rate:,.0f} users/s | {wanted[0]:,}, {wanted[1]:,} | {_met(rate, wanted)} |\n"
    if put := works.get("put"):
        met = "in the end" if put["ms"] <= budgets.PUT_MS and put["rows_written"] <= 2 else "**no**"
        text += f"| PUT of a group of {put['members']:,}, one difference | {put['ms']:,.0f} ms, {put['rows_written']:.0f} rows of members written | {budgets.PUT_MS} ms, 2 rows | {met} |\n"
    if get := works.get("get_large"):
        grown = max(get["grown_mib"].values())
        met = "in the end" if get["ms"] <= budgets.GET_LARGE_MS and grown <= budgets.GET_LARGE_MIB else "**no**"
        met = met if get["members"] >= 100_000 else f"{met}, but the budget is of 100,000"
        text += f"| GET of a group of {get['members']:,} | {get['ms']:,.0f} ms, +{grown:.0f} MiB | {budgets.GET_LARGE_MS:,} ms, {budgets.GET_LARGE_MIB} MiB | {met} |\n"
    if memory := results.get("memory"):
        idle = sum(memory["idle_mib"].values())
        text += f"| five processes, idle | {idle:.0f} MiB | {budgets.IDLE_MIB[0]}, {budgets.IDLE_MIB[1]} | {_met(idle, budgets.IDLE_MIB, most=True)} |\n"
        if loaded := memory["loaded_mib"]:
            text += f"| five processes, loaded | {loaded:.0f} MiB | {budgets.LOADED_MIB[0]}, {budgets.LOADED_MIB[1]} | {_met(loaded, budgets.LOADED_MIB, most=True)} |\n"
    return text + _flatness(results)


def _flatness(results: dict[str, Any]) -> str:
    """What is asked of two rows together, as lines of the table of works."""
    rows, text = results["rows"], ""
    if "list_first" in rows and "list_last" in rows:
        first, last = (rows[name]["at"][budgets.CONNECTIONS]["p50_ms"] for name in ("list_first", "list_last"))
        met = "in the end" if last <= budgets.LAST_PAGE * first else "**no**"
        text += f"| last page beside the first | {_times(last, first)} × | {budgets.LAST_PAGE} × | {met} |\n"
    sizes = sorted(int(name.removeprefix("join_")) for name in rows if name.startswith("join_"))
    if len(sizes) > 1:
        small, large = (rows[f"join_{size}"]["at"][budgets.CONNECTIONS]["p99_ms"] for size in (sizes[0], sizes[-1]))
        met = "in the end" if large <= budgets.LARGEST_GROUP * small else "**no**"
        asked = f"{budgets.LARGEST_GROUP} × at 1,000,000"
        text += (
            f"| p99 of ±1 member at {sizes[-1]:,} beside {sizes[0]} | {_times(large, small)} × | {asked} | {met} |\n"
        )
    ratios = [rows[name]["at"].get(64, {}).get("ratio") for name in budgets.COALESCED if name in rows]
    ratios = [ratio for ratio in ratios if ratio is not None]
    if ratios:
        met = "in the end" if min(ratios) >= 1 else "**no**"
        text += f"| GET user and look-ups at 64, the least ratio | {min(ratios):.2f} | 1.00 in the end | {met} |\n"
    return text


def _beside(results: dict[str, Any]) -> str:
    """Muster and the peers at sixteen connections."""
    if not results["peers"]:
        return ""
    found = results["peers"]
    text = (
        "| req/s at 16 | Muster | "
        + " | ".join(PEER_TITLES[name] for name in found)
        + " | times `django-scim2` | budget | met |\n"
    )
    text += "|---" * (len(found) + 5) + "|\n"
    for name, wanted in budgets.BESIDE_DJANGO.items():
        if name not in results["rows"]:
            continue
        mine = results["rows"][name]["at"][budgets.CONNECTIONS]["per_second"]
        rates = [found[peer].get(name, {}).get("per_second") for peer in found]
        django = found.get("django", {}).get(name, {}).get("per_second")
        times = mine / django if django else None
        met = "–" if times is None else "yes" if times >= wanted else "**no**"
        cells = [_number(rate) for rate in [mine, *rates]]
        text += (
            f"| {results['rows'][name]['title']} | "
            + " | ".join(cells)
            + f" | {_number(times, 1)} | {wanted:g} | {met} |\n"
        )
    return text
