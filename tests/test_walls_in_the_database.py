"""The wall in the database itself: each table with a partner's rows has its policy, and the role may do little."""

import pytest
from django.apps import apps
from django.db import connection

from cashback.lib import sight

pytestmark = pytest.mark.django_db

# Rows that limit something: whoever may not see them would be told more, not less.
OPEN_TO_READERS = {"desk_macro_for_partners"}
# Whose rows have no column for the partner, but a parent that has.
BY_PARENT = {
    "clocks_clockpause",
    "desk_draft",
    "desk_mention",
    "desk_redaction",
    "ledger_balance",
    "mail_inboundmail",
    "quality_suggestion_claims",
    "shifts_excuse",
    "shifts_handover",
    "transactions_unattributedsale",
}
# "For everybody" where the partner is empty.
OF_SOME_PARTNER = {"claims_claimpolicy", "clocks_clockpolicy"}
ABOUT_A_PARTNER = {"desk_auditevent"}
SECRETS = {
    "partners_stafftoken": ("secret_digest",),
    "partners_staffreach": ("user_id",),
}


def rows(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def behind_the_wall() -> dict[str, tuple[str, str]]:
    """By table, who it asks and what it checks when a row is written."""
    found = rows(
        """SELECT p.tablename, p.qual, p.with_check FROM pg_policies p
        JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = 'public'::regnamespace
        WHERE c.relrowsecurity AND %s = ANY (p.roles)""",
        sight.ROLE,
    )
    return {table: (asks, checks) for table, asks, checks in found}


def test_every_table_with_a_partner_has_its_policy():
    with_partner = {
        table
        for (table,) in rows(
            """SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE a.attname = 'partner_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relnamespace = 'public'::regnamespace"""
        )
    }
    walls = behind_the_wall()
    print(f"{len(with_partner)} tables with partner_id, {len(walls)} behind the wall")
    assert len(with_partner) >= 50
    assert with_partner - set(walls) == set()
    assert set(walls) - with_partner == {"partners_partner"} | BY_PARENT | OF_SOME_PARTNER | ABOUT_A_PARTNER
    for table in with_partner - OPEN_TO_READERS:
        for said in walls[table]:
            assert "partner_id = ANY (" in said, table
            assert f"current_setting('{sight.SETTING}'::text))::uuid[]" in said, table


def test_a_new_model_with_a_partner_is_in_the_database_s_list():
    """Models and tables are the same list: nothing is hidden behind another name of the column."""
    named = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.related_model._meta.db_table == "partners_partner"
        and not model._meta.proxy
    }
    assert named - set(behind_the_wall()) == set()


def test_a_view_sees_as_whoever_asks():
    views = rows(
        """SELECT relname, reloptions FROM pg_class
        WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"""
    )
    assert views
    assert all("security_invoker=true" in (options or []) for _view, options in views)


def test_no_function_works_with_its_owner_s_eyes():
    assert not rows("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")


def test_the_role_owns_nothing_and_no_policy_spares_it():
    [role] = rows(
        """SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s""",
        sight.ROLE,
    )
    assert role == (False,) * 5
    assert not rows(
        "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)",
        sight.ROLE,
    )
    assert not rows(
        "SELECT roleid FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %s)",
        sight.ROLE,
    )


def test_the_role_reaches_clicks_through_the_wall_and_not_by_a_month_s_own_name():
    months = rows(
        """SELECT relname, has_table_privilege(%s, oid, 'SELECT'), has_table_privilege(%s, oid, 'INSERT')
        FROM pg_class WHERE relispartition AND relkind = 'r'""",
        sight.ROLE,
        sight.ROLE,
    )
    assert len(months) >= 3
    assert {may for _month, *rights in months for may in rights} == {False}


@pytest.mark.parametrize("table", SECRETS)
def test_the_role_cannot_read_secrets_of_the_house(table):
    for column in SECRETS[table]:
        [(may,)] = rows("SELECT has_column_privilege(%s, %s, %s, 'SELECT')", sight.ROLE, table, column)
        assert not may, column


def test_the_role_never_empties_a_table_and_never_edits_the_ledger():
    granted = rows(
        """SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee = %s""",
        sight.ROLE,
    )
    assert {right for _table, right in granted} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {right for table, right in granted if table == "ledger_transfer"} == {"SELECT", "INSERT"}
    walls = set(behind_the_wall())
    catalogue = {table for table, right in granted if table.startswith("offers_") and right != "SELECT"}
    assert catalogue <= walls


# Unique beyond one partner, and no oracle: what they hold is made by us (numbers, hashes, ids of the house or of a
# parent), or is public by its nature (the name in an address, a host), or only our own staff can write it.
UNIQUE_FOR_ALL = {
    "claims_claim.number",
    "claims_networkinquiry.account_id",
    "claims_networkinquiry.reference",
    "clocks_clock.subject_id",
    "clocks_clockpolicy.metric",
    "desk_macro_for_partners.macro_id",
    "desk_message.message_id",
    "desk_ticket.number",
    "ledger_account.id",
    "ledger_transfer.key",
    "mail_inboundmail.digest",
    "mail_supportsender.forwards_from",
    "notices_letter.dedupe_key",
    "partners_partner.slug",
    "partners_staffreach_partners.staffreach_id",
    "partners_storefront.host",
    "partners_storefront.slug",
    "quality_rating.token_hash",
    "quality_suggestion_claims.suggestion_id",
    "shifts_shiftcloseitem.close_id",
    "transactions_transaction.account_id",
    "transactions_unattributedsale.account_id",
}


def test_what_is_unique_is_so_within_a_partner():
    """A unique index sees all rows: one that began elsewhere would tell a partner what another has."""
    found = rows(
        """SELECT c.relname || '.' || a.attname
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid AND c.relrowsecurity AND NOT c.relispartition
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indisunique AND NOT i.indisprimary AND a.attname <> 'partner_id' AND NOT EXISTS (
            SELECT FROM pg_constraint f JOIN pg_class parent ON parent.oid = f.confrelid
            WHERE f.contype = 'f' AND f.conrelid = c.oid AND a.attnum = ANY (f.conkey) AND parent.relrowsecurity
        )"""
    )
    assert {name for (name,) in found} == UNIQUE_FOR_ALL
