"""The limits that PostgreSQL sets: pgbench with the rows of the services, in copies of their databases."""

import json
import math
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from stack import Stack, postgres_bin

# The copies.
COPIES = {"identity": "limit_identity", "group": "limit_group"}
# Ids in the order of time, as the services give them.
NEW_ID = """
CREATE OR REPLACE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT overlay(gen_random_uuid()::text PLACING regexp_replace(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint),
        12, '0'), '^(.{8})(.{4})$', '\\1-\\2') FROM 1 FOR 13)::uuid
$$"""
LARGE = "9000000000000000000"
CONNECTING = 0.03


def copy(stack: Stack) -> None:
    """Makes the copies; the services must not be up."""
    for source, target in COPIES.items():
        stack.copy_database(source, target)
        stack.sql(target, NEW_ID)


def _literal(value: str | None, kind: str, number: str) -> str:
    """A value as SQL, where what a person's number stands in has the variable n in its place."""
    if value is None:
        return "NULL"
    # pgbench takes a colon before a letter for a variable, in literals too.
    text = re.sub(r":(?=[A-Za-z_])", ":' || '", value.replace("'", "''"))
    text = re.sub(rf"(?<=[A-Za-z.]){number}(?![0-9])", "' || :n || '", text)
    return f"('{text}')::{kind}"


def _insert(stack: Stack, database: str, table: str, where: str, given: dict[str, str], number: str = "none") -> str:
    """The insert of a row like one that is there, but for the columns whose values are given."""
    columns = stack.sql(
        database,
        f"""SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{table}'::regclass
        AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum""",
    )
    values = ", ".join(f"{name}::text" for name, _ in columns)
    row = stack.sql(database, f"SELECT array_to_json(ARRAY[{values}]) FROM {table} WHERE {where} LIMIT 1")
    literals = [
        given.get(name) or _literal(value, kind, number)
        for (name, kind), value in zip(columns, json.loads(row[0][0]), strict=True)
    ]
    names = ", ".join(name for name, _ in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(literals)})"


def scripts(stack: Stack, people: int, group: str) -> dict[str, tuple[str, str]]:
    """Name -> database and script."""
    users, groups = COPIES["identity"], COPIES["group"]
    pick = f"\\set n random(1, {people})\n"
    shown = "id, license_type, license_shown, licensed, scim_managed, is_admin, resource, version, created_at, updated_at, number"
    new_entry = {"id": "new_id()", "sequence": "NULL", "created_at": "clock_timestamp()"}
    log = _insert(stack, users, "changes", "kind = 'user.created'", new_entry)
    group_log = _insert(
        stack, groups, "changes", "kind LIKE 'group.%'", {**new_entry, "members_joined": "ARRAY[new_id()]"}
    )
    number = str(people // 2 + 1)
    new_user = {"id": "new_id()", "version": "1", "created_at": "now()", "updated_at": "now()"}
    insert = _insert(stack, users, "users", f"user_name_key = 'person.{number}@example.com'", new_user, number)
    one = f"account_id = 1 AND id = '{group}'"
    return {
        "select": (users, f"{pick}SELECT {shown} FROM users WHERE account_id = 1 AND number = :n;\n"),
        "page": (users, f"SELECT {shown} FROM users WHERE account_id = 1 ORDER BY id LIMIT 100;\n"),
        "page_and_count": (
            users,
            f"SELECT {shown} FROM users WHERE account_id = 1 ORDER BY id LIMIT 100;\n"
            "SELECT count(*) FROM users WHERE account_id = 1;\n",
        ),
        "insert": (
            users,
            f"\\set n random(1000000000, {LARGE})\nBEGIN;\nWITH entry AS ({log}) {insert} RETURNING {shown};\nCOMMIT;\n",
        ),
        "update": (
            users,
            f"{pick}BEGIN;\nSELECT {shown} FROM users WHERE account_id = 1 AND number = :n FOR NO KEY UPDATE;\n"
            f"WITH entry AS ({log}) UPDATE users SET active = NOT coalesce(active, true), version = version + 1, updated_at = now(), "
            "resource = jsonb_set(resource, '{active}', to_jsonb(NOT coalesce(active, true))), "
            "search = jsonb_set(search, '{active}', to_jsonb(NOT coalesce(active, true))) "
            f"WHERE account_id = 1 AND number = :n RETURNING {shown};\nCOMMIT;\n",
        ),
        "member": (
            groups,
            f"BEGIN;\nSELECT * FROM groups WHERE {one} FOR NO KEY UPDATE;\n"
            "INSERT INTO group_members (account_id, group_id, member_id, member_type, source) "
            f"VALUES (1, '{group}', new_id(), 1, 'scim');\n"
            f"WITH entry AS ({group_log}) UPDATE groups SET member_count = member_count + 1, version = version + 1, updated_at = now() "
            f"WHERE {one} RETURNING version;\nCOMMIT;\n",
        ),
    }


def run(stack: Stack, database: str, script: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Transactions, seconds, p50 and p99 in milliseconds, errors."""
    with tempfile.TemporaryDirectory() as logs:
        # The time that connecting takes, some hundredths of a second each for the password alone, counts for pgbench.
        duration = seconds + connections * CONNECTING
        command = [postgres_bin() / "pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "1"]
        command += ["-T", str(math.ceil(duration))]
        command += ["-l", f"--log-prefix={logs}/log", "-f", script, stack.url(database)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=duration + 60)
        rate = re.search(r"tps = ([\d.]+)", done.stdout)
        if "transactions actually processed" not in done.stdout or "aborted" in done.stderr:
            raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
        times = sorted(int(line.split()[2]) for path in Path(logs).iterdir() for line in path.read_text().splitlines())
    if not times or not rate:
        return {"requests": 0, "seconds": seconds, "p50_ms": 0, "p99_ms": 0, "errors": 0}
    return {
        "requests": len(times),
        "seconds": len(times) / float(rate[1]),
        "p50_ms": times[len(times) // 2] / 1000,
        "p99_ms": times[len(times) * 99 // 100] / 1000,
        "errors": 0,
    }
