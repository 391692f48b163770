"""Refuses what a PostgreSQL that is spread by account (Citus) refuses, in every statement that the services have sent.

Reads the statements, a JSON array of SQL texts, on standard input. The rules:

- each table is read and written with its account given (`account_id = $1`, or equal to that of a table that has it);
  a statement that goes over all accounts on purpose stands in ACROSS, with its reason;
- no row lock without the account;
- no volatile function in UPDATE, DELETE or ON CONFLICT DO UPDATE;
- no function of the clock in RETURNING;
- the account is never set, but to what was to be inserted;
- no sub-select without columns.
"""

import json
import sys

from pglast import ast, parse_sql, parser
from pglast.visitors import Visitor

# One row each, not spread by account.
REFERENCE = {"change_sequence", "delivery_position", "feed_position"}

# Parts of statements that go over all accounts on purpose, in the background or for the operator.
ACROSS = {
    'FROM "changes" WHERE ("changes"."sequence" >': "the feed, in the order of its numbers",
    "FROM changes WHERE sequence IS NULL) AS pending": "whether anything is to be numbered",
    "WHERE sequence IS NULL ORDER BY created_at, id LIMIT": "numbers the changes of all accounts",
    "FROM deliveries WHERE dead_at IS NULL AND next_attempt_at <= now()": "finds what is due, whose ever it is",
    'FROM "administrator_locks" WHERE ("administrator_locks"."checked_at" <': "finds accounts to compare",
    'SELECT DISTINCT "group_permissions"."account_id"': "finds accounts whose groups are to be flagged, at start",
    'SELECT DISTINCT "group_permissions"."account_id"': "finds accounts whose groups are to be flagged, at start",
    "UPDATE users SET search_text = concat_ws(": "fills a column, in a migration",
    "expiry_logged": "finds invitations that have expired",
    "FROM accounts WHERE account_id >": "the operator's list of accounts",
}

VOLATILE = {"clock_timestamp", "random", "nextval", "gen_random_uuid", "timeofday", "setval"}
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


def main():
    taken = [sql for sql in REFUSED if not Statement(sql).faults]
    if taken:
        print("\n".join(["taken, but to be refused:", *taken]))
        sys.exit("test result: statements. 0 passed; 1 failed;")
    statements = sorted({" ".join(sql.split()) for sql in json.load(sys.stdin)})
    checked = failed = 0
    for sql in statements:
        if not sql.upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            continue
        checked += 1
        try:
            faults = Statement(sql).faults
        except parser.ParseError as error:
            faults = [f"cannot be parsed: {error}"]
        across = [part for part in ACROSS if part in sql]
        if across:
            faults = [fault for fault in faults if "without its account" not in fault or "locked" in fault]
        if faults:
            failed += 1
            print(f"{sql}\n    {'; '.join(dict.fromkeys(faults))}")
    print(f"test result: statements. {checked - failed} passed; {failed} failed;")
    sys.exit(failed > 0)


main()
