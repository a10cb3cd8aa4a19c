"""Shoppers as a feed: when one changed last, and in which transaction, whoever changes them."""

from django.db import migrations, models
from django.db.models.functions import Now

TIME_OF_CHANGE = """
CREATE FUNCTION note_time_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := statement_timestamp();
    RETURN NEW;
END $$;

-- By its name it comes before change_is_noted, which changes every row: what stays the same keeps its time.
CREATE TRIGGER at_which_time_is_noted BEFORE UPDATE ON partners_shopper
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_time_of_change();
"""

NO_TIME_OF_CHANGE = """
DROP TRIGGER at_which_time_is_noted ON partners_shopper;
DROP FUNCTION note_time_of_change();
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0006_merged_shoppers")]
    operations = [
        migrations.AddField(
            model_name="shopper",
            name="updated_at",
            field=models.DateTimeField(db_default=Now(), editable=False, verbose_name="changed"),
        ),
        migrations.AddIndex(
            model_name="shopper",
            index=models.Index(fields=["partner", "updated_at"], name="shopper_by_change"),
        ),
        migrations.RunSQL("SELECT track_changes('partners_shopper')", "SELECT untrack_changes('partners_shopper')"),
        migrations.RunSQL(TIME_OF_CHANGE, NO_TIME_OF_CHANGE),
    ]
