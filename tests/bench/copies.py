"""Fills databases by SQL where there are too many rows for the SCIM endpoints: copies of rows that the services wrote.

A user and a group are created through the endpoints, with a marker for their number; each copy has the number in its place
in every column. The change log has no entries of copies.
"""

import os
import subprocess

import people
from client import Client
from pgbench import NEW_ID
from stack import Stack, postgres_bin

MARKER = "copytemplate"


def make_templates(client: Client) -> None:
    """The user and the group whose rows are copied."""
    template = client.ask("POST", "/Users", people.user(MARKER))
    people.create_group(client, f"Team {MARKER}", [template["id"]])


def columns(stack: Stack, database: str, table: str, given: dict[str, str]) -> tuple[str, str]:
    """The columns of a table and what a copy has in them; `t` is the template, `n` the number."""
    rows = stack.sql(
        database,
        f"""SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{table}'::regclass
        AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum""",
    )
    values = [given.get(name, f"replace(t.{name}::text, '{MARKER}', n::text)::{kind}") for name, kind in rows]
    return ", ".join(name for name, _ in rows), ", ".join(values)


def add_users(stack: Stack, first: int, count: int, account: str = "1") -> None:
    """Users of the numbers; `account` may be an expression of the number."""
    names, values = columns(stack, "identity", "users", {"account_id": account, "id": "new_id()"})
    stack.sql(
        "identity",
        f"{NEW_ID}; INSERT INTO users ({names}) SELECT {values} FROM users t, generate_series({first}, {first + count - 1}) n "
        f"WHERE t.account_id = 1 AND t.user_name_key = 'person.{MARKER}@example.com'; GRANT EXECUTE ON FUNCTION new_id() TO PUBLIC",
    )


def add_teams(stack: Stack, first: int, count: int) -> None:
    """Puts the copied users of the numbers into teams of a hundred."""
    ids = stack.sql(
        "identity",
        f"SELECT account_id, id FROM users WHERE user_name_key LIKE 'person.%' AND substring(user_name_key FROM '[0-9]+')::bigint "
        f"BETWEEN {first} AND {first + count - 1} ORDER BY account_id, id",
    )
    stack.sql(
        "group",
        f"{NEW_ID}; DROP TABLE IF EXISTS copied; CREATE TABLE copied (place bigint GENERATED ALWAYS AS IDENTITY, account_id bigint, id uuid)",
    )
    command = [
        postgres_bin() / "psql",
        stack.url("group"),
        "-qX",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        "COPY copied (account_id, id) FROM STDIN",
    ]
    text = "".join(f"{account}\t{id}\n" for account, id in ids)
    subprocess.run(command, input=text, check=True, text=True, env=os.environ, timeout=600)
    names, values = columns(
        stack, "group", "groups", {"account_id": "made.account_id", "id": "made.id", "member_count": "made.members"}
    )
    stack.sql(
        "group",
        f"""INSERT INTO known_users (account_id, user_id) SELECT account_id, id FROM copied ON CONFLICT DO NOTHING;
        CREATE TEMP TABLE made AS SELECT account_id, {first} + (place - 1) / {people.TEAM} AS n, new_id() AS id, count(*) AS members
            FROM copied GROUP BY 1, 2;
        INSERT INTO groups ({names}) SELECT {values} FROM groups t, made
            WHERE t.account_id = 1 AND t.display_name = 'Team {MARKER}';
        INSERT INTO group_members (account_id, group_id, member_id, member_type, source)
            SELECT copied.account_id, made.id, copied.id, 1, 'scim' FROM copied
            JOIN made ON made.account_id = copied.account_id AND made.n = {first} + (copied.place - 1) / {people.TEAM};
        DROP TABLE copied""",
    )


def add_everybody(stack: Stack, group: str, but: list[str]) -> None:
    """Puts every known user of the first account into a group, some left out."""
    stack.sql(
        "group",
        f"""INSERT INTO group_members (account_id, group_id, member_id, member_type, source)
            SELECT account_id, '{group}', user_id, 1, 'scim' FROM known_users
            WHERE account_id = 1 AND NOT deleted AND user_id <> ALL ('{{{",".join(but)}}}');
        UPDATE groups SET member_count = (SELECT count(*) FROM group_members WHERE account_id = 1 AND group_id = '{group}')
            WHERE account_id = 1 AND id = '{group}'""",
    )


def ids(stack: Stack, first: int, count: int) -> list[str]:
    """Of the copied users of the first account, by number."""
    rows = stack.sql(
        "identity",
        f"SELECT id FROM users WHERE account_id = 1 AND user_name_key ~ '^person[.][0-9]+@' AND substring(user_name_key FROM '[0-9]+')::bigint "
        f"BETWEEN {first} AND {first + count - 1} ORDER BY substring(user_name_key FROM '[0-9]+')::bigint",
    )
    return [row[0] for row in rows]


def ids_by_account(stack: Stack, first: int, count: int) -> dict[int, list[str]]:
    """Of the copied users of all accounts."""
    rows = stack.sql(
        "identity",
        f"SELECT account_id, id FROM users WHERE account_id > 1 AND substring(user_name_key FROM '[0-9]+')::bigint BETWEEN {first} AND {first + count - 1}",
    )
    found: dict[int, list[str]] = {}
    for account, id in rows:
        found.setdefault(int(account), []).append(id)
    return found
