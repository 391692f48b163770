"""Runs scim2-tester as its own command line does, and counts what it found."""

import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

base_url, token = sys.argv[1:3]
http = Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
results = check_server(SyncSCIMClient(http))
bad = (Status.DEVIATION, Status.ERROR, Status.CRITICAL)
for result in results:
    if result.status in bad:
        print(f"{result.status.name} {result.title} {result.resource_type or ''}: {result.reason}")
count = Counter(result.status.name for result in results)
print("scim2-tester:", ", ".join(f"{number} {name}" for name, number in sorted(count.items())))
passed = sum(result.status not in bad and result.status is not Status.SKIPPED for result in results)
failed = sum(result.status in bad for result in results)
print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed")
sys.exit(1 if failed or not passed else 0)
