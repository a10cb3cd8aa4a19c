"""The board is asked for every ten seconds: what it looks for in the rooms below is a few rows among very many."""

from django.db import migrations

INDEXES = """
CREATE INDEX message_not_delivered ON desk_message (created_at) WHERE delivery IN ('failed', 'bounced');
CREATE INDEX inquiry_to_pass_on ON claims_networkinquiry (answered_at)
    WHERE passed_on_at IS NULL AND answered_at IS NOT NULL;
CREATE INDEX inquiry_passed_on ON claims_networkinquiry (passed_on_at) WHERE passed_on_at IS NOT NULL;
CREATE INDEX claim_to_tell ON claims_claim (next_update_due) WHERE closed_at IS NULL;
CREATE INDEX claim_step_by_time ON claims_claimstep (at);
"""

DROP_INDEXES = """
DROP INDEX claim_step_by_time;
DROP INDEX claim_to_tell;
DROP INDEX inquiry_passed_on;
DROP INDEX inquiry_to_pass_on;
DROP INDEX message_not_delivered;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0001_initial"),
        ("desk", "0001_initial"),
        ("shifts", "0002_rules_in_the_database"),
    ]

    operations = [migrations.RunSQL(INDEXES, DROP_INDEXES)]
