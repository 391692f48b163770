"""Makes the tables and fills them with so many users, in teams of a hundred, and a group of a thousand. Prints its id."""

import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "directory.settings")
django.setup()

from directory.models import Group, User  # noqa: E402


def main(count: int) -> None:
    """Loads them."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    users = [
        User(
            id=n + 1,
            scim_id=str(n + 1),
            scim_external_id=f"00u{n}",
            username=f"person.{n}@example.com",
            scim_username=f"person.{n}@example.com",
            first_name=f"Given{n}",
            last_name=f"Family{n}",
            email=f"person.{n}@example.com",
        )
        for n in range(count)
    ]
    User.objects.bulk_create(users, batch_size=1000)
    teams = (count + 99) // 100
    groups = [
        Group(id=n + 1, scim_id=str(n + 1), name=f"Team {n}", scim_display_name=f"Team {n}") for n in range(teams + 1)
    ]
    Group.objects.bulk_create(groups, batch_size=1000)
    link = Group.user_set.through
    links = [link(group_id=n // 100 + 1, user_id=n + 1) for n in range(count)]
    links += [link(group_id=teams + 1, user_id=n + 1) for n in range(min(1000, count))]
    link.objects.bulk_create(links, batch_size=5000)
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("directory_user", "directory_group"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("ANALYZE")
    print(teams + 1)


main(int(sys.argv[1]))
