"""Refuses what a PostgreSQL that is spread by account (Citus) refuses, in every statement that the services have sent.

Reads the statements, a JSON array of SQL texts, on standard input. The rules:

- each table is read and written with its account given (`account_id = $1`, or equal to that of a table that has it);
  a statement that goes over all accounts on purpose stands in ACROSS, with its reason;
- no row lock without the account;
- no volatile function in UPDATE, DELETE or ON CONFLICT DO UPDATE;
- no stable function of a column in UPDATE or DELETE;
- no function of the clock in RETURNING;
- the account is never set, but to what was to be inserted;
- no sub-select without columns.
"""

import json
import re
import sys

from pglast import ast, parse_sql, parser
from pglast.visitors import Visitor

# One row each, not spread by account.
REFERENCE = {"change_sequence", "delivery_position", "feed_position"}

# Whole statements that go over all accounts on purpose, in the background, for the operator or in a migration. `…` stands
# for names of columns.
ACROSS = {
    'SELECT … FROM "changes" WHERE ("changes"."sequence" > $1) ORDER BY "changes"."sequence" LIMIT $2':
        "the feed, in the order of its numbers",
    'SELECT … FROM "changes" WHERE (("changes"."sequence" > $1) AND ("changes"."kind" = ANY($2))) ORDER BY "changes"."sequence" '
    "LIMIT $3":
        "the feed of some kinds",
    'SELECT … FROM "changes" WHERE (("changes"."sequence" > $1) AND ("changes"."sequence" <= $2)) ORDER BY "changes"."sequence" '
    "DESC LIMIT $3":
        "how far the feed of some kinds has come",
    "WITH pending AS ( SELECT account_id, id, row_number() OVER (ORDER BY created_at, id) AS place FROM ( SELECT account_id, id, "
    "created_at FROM changes WHERE sequence IS NULL ORDER BY created_at, id LIMIT $1 ) AS oldest ), numbered AS ( UPDATE changes "
    "SET sequence = change_sequence.last + pending.place FROM pending, change_sequence WHERE changes.account_id = "
    "pending.account_id AND changes.id = pending.id RETURNING changes.sequence ), counted AS ( SELECT count(*) AS count FROM "
    "numbered ) UPDATE change_sequence SET last = last + counted.count FROM counted WHERE counted.count > $2 RETURNING last":
        "numbers the changes of all accounts",
    "WITH due AS ( SELECT account_id, change_id, channel, sequence, row_number() OVER (PARTITION BY account_id ORDER BY "
    "next_attempt_at, sequence) AS place FROM ( SELECT account_id, change_id, channel, sequence, next_attempt_at FROM deliveries "
    "WHERE dead_at IS NULL AND next_attempt_at <= now() AND account_id <> ALL ($1) AND NOT EXISTS ( SELECT $5 FROM deliveries AS "
    "earlier WHERE earlier.account_id = deliveries.account_id AND earlier.channel = deliveries.channel AND earlier.resource_id = "
    "deliveries.resource_id AND earlier.sequence < deliveries.sequence AND earlier.dead_at IS NULL ) ORDER BY next_attempt_at "
    "LIMIT $6 ) AS candidates ), first AS ( SELECT account_id, change_id, channel FROM due WHERE place <= $2 ORDER BY sequence "
    "LIMIT $3 ) UPDATE deliveries SET attempt_count = attempt_count + $7, next_attempt_at = now() + $4 FROM first WHERE "
    "deliveries.account_id = first.account_id AND deliveries.change_id = first.change_id AND deliveries.channel = first.channel "
    "AND deliveries.dead_at IS NULL AND deliveries.next_attempt_at <= now() RETURNING deliveries.account_id, "
    "deliveries.change_id, deliveries.channel, deliveries.attempt_count":
        "claims what is due, whose ever it is",
    'SELECT "administrator_locks"."account_id" FROM "administrator_locks" WHERE ("administrator_locks"."checked_at" < $1) ORDER '
    'BY "administrator_locks"."checked_at" LIMIT $2':
        "finds accounts to compare",
    'SELECT DISTINCT "group_permissions"."account_id" FROM "group_permissions"':
        "finds accounts whose groups are to be flagged, at start",
    'SELECT … FROM "invitations" WHERE ((redeemed_at IS NULL AND revoked_at IS NULL AND expires_at <= now()) AND '
    '("invitations"."expiry_logged" = $1)) LIMIT $2':
        "finds invitations that have expired",
    "SELECT …, (SELECT coalesce(json_agg(json_build_object($3, license_type, $4, total) ORDER BY license_type), $5) FROM "
    "license_seats WHERE license_seats.account_id = accounts.account_id), (SELECT coalesce(json_agg(json_build_object($6, id, $7, "
    "license_type, $8, sso_groups, $9, created_at, $10, updated_at) ORDER BY id), $11) FROM license_maps WHERE "
    "license_maps.account_id = accounts.account_id), (SELECT coalesce(json_agg(json_build_object($12, id, $13, name, $14, allows, "
    "$15, cidrs, $16, description, $17, created_at, $18, updated_at) ORDER BY id), $19) FROM ip_rules WHERE ip_rules.account_id = "
    "accounts.account_id) FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2":
        "the operator's list of accounts",
    'SELECT … FROM "users" WHERE (("users"."account_id" > $1) OR (("users"."account_id" = $2) AND ("users"."id" > $3))) ORDER BY '
    '"users"."account_id", "users"."id" LIMIT $4':
        "the operator's refresh-search",
    "UPDATE users SET search_text = user_name_key || coalesce($1 || external_id, $2) || coalesce($3 || display_name_key, $4) || "
    "coalesce($5 || (search ->> $6), $7) || coalesce($8 || (search #>> $9), $10) || coalesce($11 || (search #>> $12), $13) || "
    "coalesce($14 || (search #>> $15), $16) || coalesce($17 || family_name_key, $18) || coalesce($19 || nullif(email_text, $20), "
    "$21)":
        "fills a column, in a migration",
    "UPDATE invitations SET handed_over_at = sent_at WHERE redeemed_at IS NOT NULL": "fills a column, in a migration",
    "INSERT INTO delivery_position (last) SELECT last + (SELECT count(*) FROM changes WHERE sequence IS NULL) FROM change_sequence":
        "begins with the changes to come, in a migration",
}

VOLATILE = {"clock_timestamp", "random", "nextval", "gen_random_uuid", "timeofday", "setval"}
# Of those that are not immutable, whatever they are given.
STABLE = {"concat", "concat_ws", "format", "array_to_string", "to_char", "to_json", "to_jsonb", "json_build_object", "jsonb_build_object"}
CLOCK = VOLATILE | {"now", "statement_timestamp", "transaction_timestamp", "date_trunc"}


# What has to be found: without it the rules themselves are broken.
REFUSED = [
    "INSERT INTO invitations (account_id,id) VALUES ($1,$2) RETURNING id, expires_at <= CURRENT_TIMESTAMP",
    "SELECT last, EXISTS (SELECT FROM changes WHERE sequence IS NULL) AS pending FROM change_sequence",
    "SELECT account_id, id FROM invitations WHERE expiry_logged = $1 LIMIT 100 FOR UPDATE SKIP LOCKED",
    "INSERT INTO nesting_locks (account_id) VALUES ($1) ON CONFLICT (account_id) DO UPDATE SET account_id = $2",
    "UPDATE groups SET updated_at = greatest(groups.updated_at, date_trunc('milliseconds', clock_timestamp())) WHERE account_id = $1 AND id = $2",
    "SELECT account_id, (SELECT count(*) FROM license_seats WHERE license_seats.license_type = $2) FROM accounts WHERE account_id = $1",
    "SELECT * FROM users WHERE id = $1",
    "UPDATE users SET version = version + 1 WHERE id = $1",
    "DELETE FROM users WHERE id = $1",
    "update administrator_locks set checked_at = now() where account_id = (select account_id from administrator_locks where checked_at < $1 order by checked_at limit 1 for update skip locked) returning account_id",
    "SELECT u.id FROM users u JOIN invitations i ON i.user_id = u.id WHERE u.account_id = $1",
    "SELECT 1 FROM users WHERE account_id = $1 AND id IN (SELECT user_id FROM invitations WHERE email = $2)",
    "UPDATE users SET search_text = concat_ws($2, user_name_key, external_id) WHERE account_id = $1",
    # Like those of ACROSS, but not they.
    'UPDATE "invitations" SET "expiry_logged" = $1 WHERE ("invitations"."id" = $2)',
    "SELECT last, EXISTS (SELECT $1 FROM changes WHERE sequence IS NULL) AS pending FROM change_sequence, users",
    'SELECT "changes"."id", (SELECT count(*) FROM users) FROM "changes" WHERE ("changes"."sequence" > $1) ORDER BY "changes"."sequence" LIMIT $2',
]


def name(node):
    """The last part of a function's or column's name."""
    part = node[-1]
    return getattr(part, "sval", "*")


class Find(Visitor):
    """Gathers nodes of some kinds, at any depth."""

    def __init__(self, *kinds):
        self.kinds, self.found = kinds, []

    def visit(self, ancestors, node):
        if isinstance(node, self.kinds):
            self.found.append(node)


def find(tree, *kinds):
    if tree is None:
        return []
    visitor = Find(*kinds)
    visitor(tree)
    return visitor.found


def functions(tree):
    names = {name(call.funcname) for call in find(tree, ast.FuncCall)}
    return names | {"now" for _ in find(tree, ast.SQLValueFunction)}


class Statement:
    """One statement, and what is wrong with it."""

    def __init__(self, sql):
        self.sql, self.faults = sql, []
        self.check(parse_sql(sql)[0].stmt, set())

    def fault(self, text):
        self.faults.append(text)

    def check(self, node, known):
        """`known`: names of CTEs in scope."""
        with_clause = getattr(node, "withClause", None)
        if with_clause is not None:
            # A recursive one may name itself.
            names = {cte.ctename for cte in with_clause.ctes}
            known = known | names
            for cte in with_clause.ctes:
                self.check(cte.ctequery, known)
        if isinstance(node, ast.SelectStmt):
            self.select(node, known)
        elif isinstance(node, ast.InsertStmt):
            self.insert(node, known)
        elif isinstance(node, (ast.UpdateStmt, ast.DeleteStmt)):
            self.write(node, known)

    def select(self, node, known):
        if node.op is not None and node.larg is not None:
            self.check(node.larg, known)
            self.check(node.rarg, known)
            return
        if not node.targetList and not node.valuesLists:
            self.fault("a sub-select without columns")
        tables = self.tables(node.fromClause, known)
        if is_constant(node.whereClause):
            tables = []
        self.accounts(tables, conditions(node.whereClause, node.fromClause), bool(node.lockingClause))
        self.below(known, node.targetList, node.whereClause, node.fromClause, node.havingClause)

    def insert(self, node, known):
        if node.selectStmt is not None:
            self.check(node.selectStmt, known)
        conflict = node.onConflictClause
        if conflict is not None and conflict.targetList:
            self.sets(conflict.targetList)
        self.returning(node)

    def write(self, node, known):
        targets = getattr(node, "targetList", None)
        others = node.fromClause if isinstance(node, ast.UpdateStmt) else node.usingClause
        tables = [node.relation] if node.relation.relname not in REFERENCE | known else []
        tables += self.tables(others, known)
        self.accounts(tables, conditions(node.whereClause, others), False)
        if targets:
            self.sets(targets)
        volatile = functions(node.whereClause) & VOLATILE
        if volatile:
            self.fault(f"volatile in a write: {sorted(volatile)}")
        calls = find(targets, ast.FuncCall) + find(node.whereClause, ast.FuncCall)
        stable = {name(call.funcname) for call in calls if find(call.args, ast.ColumnRef)} & STABLE
        if stable:
            self.fault(f"stable of a column in a write: {sorted(stable)}")
        self.returning(node)
        self.below(known, targets, node.whereClause, others)

    def sets(self, targets):
        volatile = functions(targets) & VOLATILE
        if volatile:
            self.fault(f"volatile in SET: {sorted(volatile)}")
        for target in targets:
            if target.name == "account_id":
                value = target.val
                columns = [c.sval for c in value.fields] if isinstance(value, ast.ColumnRef) else []
                if columns != ["excluded", "account_id"]:
                    self.fault("the account is set")

    def returning(self, node):
        # PostgreSQL 18 gave RETURNING a clause of its own.
        clause = node.returningClause
        clock = functions(clause.exprs if clause is not None else None) & CLOCK
        if clock:
            self.fault(f"the clock in RETURNING: {sorted(clock)}")

    def tables(self, clause, known):
        """The tables of a FROM clause that are spread by account; checks the sub-selects in it."""
        tables = []
        for item in clause or ():
            if isinstance(item, ast.JoinExpr):
                tables += self.tables((item.larg, item.rarg), known)
            elif isinstance(item, ast.RangeSubselect):
                self.check(item.subquery, known)
            elif isinstance(item, ast.RangeVar):
                catalog = item.schemaname in ("pg_catalog", "information_schema") or item.relname.startswith("pg_")
                if not catalog and item.relname not in REFERENCE | known | {"__diesel_schema_migrations"}:
                    tables.append(item)
        return tables

    def below(self, known, *parts):
        """Checks sub-selects in expressions."""
        for part in parts:
            for link in outermost(part):
                self.check(link.subselect, known)

    def accounts(self, tables, equalities, locks):
        """Each table has its account given, by a parameter or by another table."""
        if not tables:
            return
        given = [pair for pair in equalities if "account_id" in pair[0]]
        # An account that is given, or that of whatever stands outside or beside.
        by_table = {column[:-1] for column, _ in given}
        for table in tables:
            alias = table.alias.aliasname if table.alias else table.relname
            if (alias,) in by_table or (len(tables) == 1 and () in by_table):
                continue
            what = "is locked" if locks else "is used"
            self.fault(f"{alias} {what} without its account")


def is_constant(where):
    """Whether a condition names no column, as `0 = 1` does, by which an empty list of ids is asked for."""
    return where is not None and not find(where, ast.ColumnRef, ast.SubLink)


def outermost(part):
    """The sub-selects of an expression that are not within another."""
    found = []

    class Links(Visitor):
        def visit_SubLink(self, ancestors, node):
            found.append(node)

    if part is None:
        return found
    Links()(part)
    inner = {id(link) for one in found for link in inner_links(one)}
    return [link for link in found if id(link) not in inner]


def inner_links(link):
    return find(link.subselect, ast.SubLink)


def conditions(where, clause):
    """What has to be equal, as pairs: a column as a tuple of names, and what it is equal to."""
    equal = []

    def walk(node):
        if isinstance(node, ast.BoolExpr):
            if node.boolop.name == "AND_EXPR":
                for arg in node.args:
                    walk(arg)
        elif isinstance(node, ast.A_Expr) and name(node.name) == "=" and node.kind.name == "AEXPR_OP":
            sides = (node.lexpr, node.rexpr)
            for one, other in (sides, sides[::-1]):
                if isinstance(one, ast.ColumnRef):
                    equal.append((tuple(getattr(f, "sval", "*") for f in one.fields), other))

    def joins(item):
        if isinstance(item, ast.JoinExpr):
            walk(item.quals)
            for column in item.usingClause or ():
                for side in (item.larg, item.rarg):
                    if isinstance(side, ast.RangeVar):
                        alias = side.alias.aliasname if side.alias else side.relname
                        equal.append(((alias, column.sval), None))
            joins(item.larg)
            joins(item.rarg)

    walk(where)
    for item in clause or ():
        joins(item)
    return equal


COLUMNS = r'"?\w+"?(\."?\w+"?)?'
ALLOWED = [
    re.compile(re.escape(sql).replace("…", f"{COLUMNS}(, {COLUMNS})*")) for sql in ACROSS
]


def faults(sql):
    """What is wrong with a statement."""
    try:
        found = Statement(sql).faults
    except parser.ParseError as error:
        return [f"cannot be parsed: {error}"]
    if any(allowed.fullmatch(sql) for allowed in ALLOWED):
        found = [fault for fault in found if not fault.endswith("is used without its account")]
    return found


def on_one_line(sql):
    """Without the comments that stand before it, as in a migration."""
    return " ".join(re.sub(r"^\s*--.*$", "", sql, flags=re.MULTILINE).split())


def main():
    taken = [sql for sql in REFUSED if not faults(sql)]
    if taken:
        print("\n".join(["taken, but to be refused:", *taken]))
        sys.exit("test result: statements. 0 passed; 1 failed;")
    statements = sorted({on_one_line(sql) for sql in json.load(sys.stdin)})
    checked = failed = 0
    for sql in statements:
        if not sql.upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            continue
        checked += 1
        found = faults(sql)
        if found:
            failed += 1
            print(f"{sql}\n    {'; '.join(dict.fromkeys(found))}")
    print(f"test result: statements. {checked - failed} passed; {failed} failed;")
    sys.exit(failed > 0)


main()
