import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0005_staff_tokens")]
    operations = [
        migrations.AddField(
            model_name="shopper",
            name="merged_into",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.shopper",
                verbose_name="merged into",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopper",
            constraint=models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(erased_at__isnull=False),
                name="shopper_merged_is_erased",
            ),
        ),
    ]
