"""What Django's models cannot say: what was decided, and why, is never edited. Refusals have SQLSTATE 23001, so that
Django raises IntegrityError."""

from django.db import migrations

REFUSALS = """
CREATE FUNCTION claims_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER claim_step_is_never_edited BEFORE UPDATE OR DELETE ON claims_claimstep
    FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse(
        'A step of a claim is never edited or removed. Move the claim on with a new step.');

CREATE TRIGGER triage_run_is_never_edited BEFORE UPDATE OR DELETE ON claims_triagerun
    FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse(
        'A run of the rules is never edited or removed. Run them again.');

CREATE TRIGGER inquiry_word_is_never_edited BEFORE UPDATE OR DELETE ON claims_inquiryword
    FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse(
        'A word of a network is never edited or removed.');
"""

DROP_REFUSALS = """
DROP TRIGGER inquiry_word_is_never_edited ON claims_inquiryword;
DROP TRIGGER triage_run_is_never_edited ON claims_triagerun;
DROP TRIGGER claim_step_is_never_edited ON claims_claimstep;
DROP FUNCTION claims_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]

    operations = [migrations.RunSQL(REFUSALS, DROP_REFUSALS)]
