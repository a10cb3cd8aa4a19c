"""Row-level security on every table that holds a partner's rows (docs/adr/0014), and what the role behind the walls
may do with the rest. Said here as a whole; a table that comes later says it in its own migration.
"""

from django.db import migrations

from cashback.lib.sight.walls import open_to_readers, role, shared, walled, walled_by, walled_or_common

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

class Migration(migrations.Migration):
    initial = True
    dependencies = _LAST
    operations = [
        role(),
        walled("partners_partner", partner="id", may="SELECT, UPDATE"),
        *[walled(table) for table in PARTNERS_OWN],
        *[walled(table, may=ADD) for table in WRITTEN_ONCE],
        # Of a person who goes, what the network told of them is taken out of its words.
        walled("transactions_transactionevent", may="SELECT, INSERT, UPDATE (raw)"),
        walled_by(
            "transactions_unattributedsale",
            "transactions_transaction",
            by="transaction_id",
            may="SELECT, UPDATE (word)",
        ),
        walled_or_common("claims_claimpolicy", partner="for_partner_id"),
        walled_or_common("clocks_clockpolicy", partner="for_partner_id"),
        # A macro that is for no partner by name is for all: hiding the names would open it.
        open_to_readers("desk_macro_for_partners"),
        walled_by("ledger_balance", "ledger_account", by="account_id"),
        walled_by("clocks_clockpause", "clocks_clock", by="clock_id"),
        walled_by("desk_draft", "desk_ticket", by="ticket_id"),
        walled_by("desk_mention", "desk_message", by="message_id"),
        walled_by("desk_redaction", "desk_message", by="message_id", may=ADD),
        walled_by("mail_inboundmail", "desk_ticket", by="ticket_id"),
        walled_by("quality_suggestion_claims", "claims_claim", by="claim_id"),
        walled_by("shifts_excuse", "shifts_shiftcloseitem", by="item_id"),
        walled_by("shifts_handover", "shifts_shiftcloseitem", by="item_id", may=ADD),
        # Else the view would see as its owner does.
        migrations.RunSQL(
            "ALTER VIEW ledger_entry SET (security_invoker = true)",
            "ALTER VIEW ledger_entry RESET (security_invoker)",
        ),
        shared("ledger_entry", *CATALOGUE, *DESK),
        shared(*WRITTEN_BY_STAFF, "django_session", may="SELECT, INSERT, UPDATE, DELETE"),
        shared("auth_user", may="SELECT, UPDATE (last_login, password)"),
        # Triggers write down what was changed, also of what is the house's.
        walled("desk_auditevent", partner="about_partner_id", may=ADD, takes_common=True),
        shared("SEQUENCE desk_ticket_number, claims_claim_number", may="USAGE"),
        # What comes from a network is nobody's before its sale is found: it is taken in, and read by the worker.
        shared("networks_inboundmessage", may="SELECT, INSERT, UPDATE"),
    ]


