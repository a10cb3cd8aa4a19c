"""A decided grant never changes, but for this: its shopper turned out to be another of the partner's, and both are one."""

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION goodwill_grant_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['note', 'refusal'{ignored}];
    may_be_decided text[] := ARRAY['status', 'approved_by_id', 'refused_by_id', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'goodwill_grant_is_never_deleted' USING ERRCODE = 'check_violation';
    END IF;
    {check}
    IF OLD.status <> 'asked' AND to_jsonb(NEW) - may_change <> to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION 'goodwill_grant_that_was_decided_never_changes' USING ERRCODE = 'check_violation';
    END IF;
    IF to_jsonb(NEW) - may_change - may_be_decided <> to_jsonb(OLD) - may_change - may_be_decided THEN
        RAISE EXCEPTION 'goodwill_grant_keeps_its_terms' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
_CHECK = """
    IF NEW.shopper_id <> OLD.shopper_id AND NOT EXISTS (
        SELECT FROM partners_shopper gone WHERE gone.id = OLD.shopper_id AND gone.merged_into_id = NEW.shopper_id
    ) THEN
        RAISE EXCEPTION 'goodwill_grant_keeps_its_terms' USING ERRCODE = 'check_violation';
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("goodwill", "0002_rules_in_the_database"), ("partners", "0006_merged_shoppers")]
    operations = [
        migrations.RunSQL(
            _FUNCTION.format(ignored=", 'shopper_id'", check=_CHECK), _FUNCTION.format(ignored="", check="")
        )
    ]
