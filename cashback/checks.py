from django.core.checks import Error, register
from django.db import connections

OLDEST_POSTGRESQL = 18


@register("database")
def check_postgresql_version(app_configs: object, databases: list[str] | None = None, **_kwargs: object):
    """Ids come from uuidv7() and refreshes from MERGE … RETURNING, which older servers do not have."""
    problems = []
    for alias in databases or []:
        version = connections[alias].pg_version
        if version < OLDEST_POSTGRESQL * 10000:
            problems.append(
                Error(
                    f"PostgreSQL {version // 10000} is too old: Vitrina needs {OLDEST_POSTGRESQL} or newer.",
                    hint="Point DATABASE_URL at a newer server; `docker compose up` and `make demo` bring one.",
                    id="cashback.E001",
                )
            )
    return problems
