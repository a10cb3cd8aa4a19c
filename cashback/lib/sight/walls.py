"""How a migration puts a table behind the wall: the policy that row-level security applies, and what the role may do.

operations = [role(), walled("transactions_click"), shared("offers_merchant")]
"""

from django.db import migrations

from cashback.lib.sight import ROLE, SETTING

# The subselect is evaluated once a statement, not once a row; unset or empty, the setting is an error, not an empty
# list.
_SEEN = f"ANY ((SELECT current_setting('{SETTING}')::uuid[])::uuid[])"

ALL = "SELECT, INSERT, UPDATE, DELETE"
READ = "SELECT"


def role() -> migrations.RunSQL:
    """The role exists, and whoever migrates may take it. It belongs to the cluster, so another database may have made
    it already."""
    return migrations.RunSQL(
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
                CREATE ROLE {ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
            END IF;
            IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
                GRANT {ROLE} TO CURRENT_USER;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$;
        GRANT USAGE ON SCHEMA public TO {ROLE};
        """,
        migrations.RunSQL.noop,
    )


def walled(
    table: str, *, partner: str = "partner_id", may: str = ALL, takes_common: bool = False
) -> migrations.RunSQL:
    """Of the table's rows those of the partners in sight are seen and written. `partner` is the column with the id;
    with `takes_common` rows about nobody's partner may be added, and are not seen."""
    own = f"{partner} = {_SEEN}"
    return _wall(table, own, may, written=f"{partner} IS NULL OR {own}" if takes_common else "")


def walled_by(table: str, parent: str, *, by: str, may: str = ALL) -> migrations.RunSQL:
    """The rows are seen whose parent row is: `by` is the column that names it, the parent has a wall of its own."""
    return _wall(table, f"EXISTS (SELECT FROM {parent} p WHERE p.id = {table}.{by})", may)


def walled_or_common(table: str, *, partner: str, may: str = ALL) -> migrations.RunSQL:
    """Rows without a partner are everybody's to read, and nobody's to write from behind the wall."""
    own = f"{partner} = {_SEEN}"
    return _wall(table, f"{partner} IS NULL OR {own}", may, written=own)


def open_to_readers(table: str) -> migrations.RunSQL:
    """Rows that limit something, so that not to see one would say more than to see it. Written by nobody behind the
    wall."""
    return _wall(table, "true", READ)


def shared(*tables: str, may: str = READ) -> migrations.RunSQL:
    """Tables that hold nothing of a partner's."""
    names = ", ".join(tables)
    return migrations.RunSQL(f"GRANT {may} ON {names} TO {ROLE}", f"REVOKE ALL ON {names} FROM {ROLE}")


def _wall(table: str, seen: str, may: str, *, written: str = "") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_partners_in_sight ON {table} TO {ROLE} USING ({seen}) WITH CHECK ({written or seen});
        GRANT {may} ON {table} TO {ROLE};
        """,
        f"""
        REVOKE ALL ON {table} FROM {ROLE};
        DROP POLICY of_partners_in_sight ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
