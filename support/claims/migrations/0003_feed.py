from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("claims", "0002_rules_in_the_database"), ("partners", "0004_api")]

    operations = [migrations.RunSQL("SELECT track_changes('claims_claim')", "SELECT untrack_changes('claims_claim')")]
