"""Row-level security on every table that holds a partner's rows (docs/adr/0014), and what the role behind the walls
may do with the rest. Said here as a whole; a table that comes later says it in its own migration:

    SELECT wall('rewards_reward', 'SELECT, INSERT')                       by its column partner_id
    SELECT wall('rewards_step', 'SELECT', with_parent('rewards_reward', 'rewards_step.reward_id'))
"""

from django.db import migrations

ROLE = """
DO $$ BEGIN
    -- It belongs to the cluster: another database may have made it already, or be making it now.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vitrina_partner') THEN
        CREATE ROLE vitrina_partner NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    -- Who makes a role may administer it, and yet not take it.
    IF NOT pg_has_role(current_user, 'vitrina_partner', 'SET') THEN
        GRANT vitrina_partner TO CURRENT_USER;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO vitrina_partner;
"""

FUNCTIONS = """
-- What a policy asks. The subselect is evaluated once a statement, not once a row; unset or empty, the setting is an
-- error, not an empty list.
CREATE FUNCTION in_sight(partner text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT partner || ' = ANY ((SELECT current_setting(''vitrina.partners'')::uuid[])::uuid[])'
$$;

-- The row is seen where its parent is: the parent has a wall of its own. `by` is the column that names it.
CREATE FUNCTION with_parent(parent text, by text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('EXISTS (SELECT FROM %I parent WHERE parent.id = %s)', parent, by)
$$;

-- The table is behind the wall: the role may do this much, and only with rows that `seen` lets through. `written` is
-- what a new row must pass; by default the same.
CREATE FUNCTION wall(name text, may text, seen text DEFAULT in_sight('partner_id'), written text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY of_partners_in_sight ON %I TO vitrina_partner USING (%s) WITH CHECK (%s)',
        name, seen, coalesce(written, seen)
    );
    EXECUTE format('GRANT %s ON %I TO vitrina_partner', may, name);
END $$;

CREATE FUNCTION unwall(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('REVOKE ALL ON %I FROM vitrina_partner', name);
    EXECUTE format('DROP POLICY of_partners_in_sight ON %I', name);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name);
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION unwall(text);
DROP FUNCTION wall(text, text, text, text);
DROP FUNCTION with_parent(text, text);
DROP FUNCTION in_sight(text);
"""

ALL = "SELECT, INSERT, UPDATE, DELETE"
READ = "SELECT"
ADD = "SELECT, INSERT"

# Written once: not even of their own partner are these rows changed or removed from behind the wall.
WRITTEN_ONCE = (
    "claims_inquiryword",
    "claims_triagerun",
    "desk_ticketevent",
    "goodwill_goodwillrefusal",
    "ledger_transfer",
    "partners_termsversion",
)

PARTNERS_OWN = (
    "claims_claim",
    "claims_claimevidence",
    "claims_claimstep",
    "claims_networkinquiry",
    "clocks_clock",
    "desk_attachment",
    "desk_message",
    "desk_storedfile",
    "desk_ticket",
    "goodwill_goodwillbudget",
    "goodwill_goodwillgrant",
    "goodwill_goodwillpolicy",
    "ledger_account",
    "mail_outgoingmail",
    "mail_supportsender",
    "notices_announcement",
    "notices_letter",
    "notices_notice",
    "notices_preference",
    "notices_suppression",
    "offers_cataloguerule",
    "offers_catalogueversion",
    "offers_favouriteshop",
    "offers_shopvisit",
    "partners_apikey",
    "partners_brandimage",
    "partners_launchtoken",
    "partners_mailcode",
    "partners_outboxevent",
    "partners_pilotshopper",
    "partners_shopper",
    "partners_sighting",
    "partners_spentlaunchtoken",
    "partners_staffreach_partners",
    "partners_storedanswer",
    "partners_storefront",
    "partners_storefronttext",
    "quality_qareview",
    "quality_rating",
    "shifts_shiftcloseitem",
    "transactions_click",
    "transactions_transaction",
    "webhooks_delivery",
    "webhooks_deliveryattempt",
    "webhooks_webhookendpoint",
)

# The catalogue is the house's, and so are the accounts that it comes from: their credentials are encrypted, and the key
# is not in the database.
CATALOGUE = (
    "networks_networkaccount",
    "offers_category",
    "offers_coupon",
    "offers_merchant",
    "offers_merchant_categories",
    "offers_merchantlogo",
    "offers_offer",
    "offers_offerexclusion",
    "offers_offerfacts",
    "offers_offermeasured",
    "offers_offertermsversion",
    "offers_rate",
    "offers_ratefacts",
)

# The desk's own people, hours and rules, and Django's, as staff of some partners meet them.
DESK = (
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "auth_user_groups",
    "auth_user_user_permissions",
    "claims_ruleswitch",
    "clocks_calendar",
    "clocks_calendarinterval",
    "clocks_calendarversion",
    "clocks_holiday",
    "desk_team",
    "desk_macro",
    "desk_macroversion",
    "django_content_type",
    "shifts_shift",
    "shifts_shiftclose",
    "shifts_shiftmember",
)
WRITTEN_BY_STAFF = ("desk_agent", "desk_presencechange", "desk_savedview", "django_admin_log", "quality_suggestion")

_LAST = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("sessions", "0001_initial"),
    ("partners", "0005_staff_tokens"),
    ("notices", "0001_initial"),
    ("webhooks", "0001_initial"),
    ("networks", "0002_claim_windows"),
    ("offers", "0004_codes_from_elsewhere"),
    ("transactions", "0004_feeds"),
    ("ledger", "0003_goodwill_accounts"),
    ("clocks", "0002_rules_in_the_database"),
    ("desk", "0005_one_default_team"),
    ("goodwill", "0002_rules_in_the_database"),
    ("mail", "0001_initial"),
    ("claims", "0003_feed"),
    ("shifts", "0003_indexes_of_the_board"),
    ("quality", "0002_rules_in_the_database"),
]


def walled(table: str, *, seen: str = "in_sight('partner_id')", may: str = ALL, written: str = "NULL"):
    """`seen` and `written` are SQL whose value is the condition."""
    return migrations.RunSQL(
        f"SELECT wall('{table}', '{may}', {seen}, {written})", f"SELECT unwall('{table}')"
    )


def with_parent(table: str, parent: str, *, by: str, may: str = ALL):
    return walled(table, seen=f"with_parent('{parent}', '{table}.{by}')", may=may)


def or_common(table: str, *, partner: str):
    """Rows without a partner are everybody's to read, and nobody's to write from behind the wall."""
    own = f"in_sight('{partner}')"
    return walled(table, seen=f"'{partner} IS NULL OR ' || {own}", written=own)


def shared(*names: str, may: str = READ):
    """They hold nothing of a partner's."""
    listed = ", ".join(names)
    return migrations.RunSQL(
        f"GRANT {may} ON {listed} TO vitrina_partner", f"REVOKE ALL ON {listed} FROM vitrina_partner"
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = _LAST
    operations = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        walled("partners_partner", seen="in_sight('id')", may="SELECT, UPDATE"),
        *[walled(table) for table in PARTNERS_OWN],
        *[walled(table, may=ADD) for table in WRITTEN_ONCE],
        # Of a person who goes, what the network told of them is taken out of its words.
        walled("transactions_transactionevent", may="SELECT, INSERT, UPDATE (raw)"),
        with_parent(
            "transactions_unattributedsale",
            "transactions_transaction",
            by="transaction_id",
            may="SELECT, UPDATE (word)",
        ),
        or_common("claims_claimpolicy", partner="for_partner_id"),
        or_common("clocks_clockpolicy", partner="for_partner_id"),
        # A macro that is for no partner by name is for all: hiding the names would open it. Nobody writes them here.
        walled("desk_macro_for_partners", seen="'true'", may=READ),
        with_parent("ledger_balance", "ledger_account", by="account_id"),
        with_parent("clocks_clockpause", "clocks_clock", by="clock_id"),
        with_parent("desk_draft", "desk_ticket", by="ticket_id"),
        with_parent("desk_mention", "desk_message", by="message_id"),
        with_parent("desk_redaction", "desk_message", by="message_id", may=ADD),
        with_parent("mail_inboundmail", "desk_ticket", by="ticket_id"),
        with_parent("quality_suggestion_claims", "claims_claim", by="claim_id"),
        with_parent("shifts_excuse", "shifts_shiftcloseitem", by="item_id"),
        with_parent("shifts_handover", "shifts_shiftcloseitem", by="item_id", may=ADD),
        # Triggers write down what was changed, also of what is the house's.
        walled(
            "desk_auditevent",
            seen="in_sight('about_partner_id')",
            may=ADD,
            written="'about_partner_id IS NULL OR ' || in_sight('about_partner_id')",
        ),
        # Else the view would see as its owner does.
        migrations.RunSQL(
            "ALTER VIEW ledger_entry SET (security_invoker = true)",
            "ALTER VIEW ledger_entry RESET (security_invoker)",
        ),
        shared("ledger_entry", *CATALOGUE, *DESK),
        shared(*WRITTEN_BY_STAFF, "django_session", may=ALL),
        shared("auth_user", may="SELECT, UPDATE (last_login, password)"),
        shared("SEQUENCE desk_ticket_number, claims_claim_number", may="USAGE"),
        # What comes from a network is nobody's before its sale is found: it is taken in, and read by the worker.
        shared("networks_inboundmessage", may="SELECT, INSERT, UPDATE"),
    ]
