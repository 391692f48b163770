"""What is to be reached: the least ratio to the limit of the same run, first and in the end."""

BUDGETS: dict[str, tuple[float, float]] = {
    "get_bare": (0.45, 0.70),
    "get": (0.30, 0.50),
    "by_user_name": (0.25, 0.45),
    "by_external_id": (0.25, 0.45),
    "by_email": (0.25, 0.45),
    "post": (0.25, 0.45),
    "patch_active": (0.30, 0.45),
    "patch_attribute": (0.30, 0.45),
    "join": (0.30, 0.45),
    "list_first": (0.40, 0.50),
    "list_last": (0.40, 0.50),
}
# At 64 connections, in the end.
COALESCED = ("get", "get_bare", "by_user_name", "by_external_id", "by_email")
# At how many connections the others hold.
CONNECTIONS = 16
# Work that is set against a number: the least or the most of it, first and in the end.
BULK_USERS_PER_SECOND = (1000, 2500)
PUT_MS = 300
GET_LARGE_MS, GET_LARGE_MIB = 1500, 64
IDLE_MIB, LOADED_MIB = (150, 120), (400, 300)
LAST_PAGE, LARGEST_GROUP = 1.5, 1.3
# How many times as fast as django-scim2 on the same PostgreSQL.
BESIDE_DJANGO = {"get": 7, "by_user_name": 15, "post": 3.5, "patch_active": 3.5, "list_first": 60, "join_1000": 40}


def of(name: str) -> tuple[float, float] | None:
    """The budget of a row."""
    return BUDGETS.get("join" if name.startswith("join_") else name)
