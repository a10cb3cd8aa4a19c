"""What must hold of goodwill whoever writes to the database."""

from django.db import migrations

_FREEZE = """
CREATE FUNCTION goodwill_grant_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'goodwill_grant_is_never_deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status <> 'asked' AND (to_jsonb(NEW) - 'note' - 'refusal') <> (to_jsonb(OLD) - 'note' - 'refusal') THEN
        RAISE EXCEPTION 'goodwill_grant_that_was_decided_never_changes' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['status', 'approved_by_id', 'refused_by_id', 'refusal', 'decided_at', 'note'])
       <> (to_jsonb(OLD) - ARRAY['status', 'approved_by_id', 'refused_by_id', 'refusal', 'decided_at', 'note']) THEN
        RAISE EXCEPTION 'goodwill_grant_keeps_its_terms' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER goodwill_grant_is_final BEFORE UPDATE OR DELETE ON goodwill_goodwillgrant
    FOR EACH ROW EXECUTE FUNCTION goodwill_grant_is_final();
"""
_THAW = """
DROP TRIGGER goodwill_grant_is_final ON goodwill_goodwillgrant;
DROP FUNCTION goodwill_grant_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("goodwill", "0001_initial")]
    operations = [migrations.RunSQL(_FREEZE, _THAW)]
