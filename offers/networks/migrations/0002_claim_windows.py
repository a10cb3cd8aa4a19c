import django.core.validators
from django.db import migrations, models

DAYS = [
    django.core.validators.MinValueValidator(1),
    django.core.validators.MaxValueValidator(1500),
]


class Migration(migrations.Migration):

    dependencies = [
        ('networks', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='networkaccount',
            name='claim_after_days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=DAYS, verbose_name='claims from, days after the purchase'),
        ),
        migrations.AddField(
            model_name='networkaccount',
            name='claim_until_days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=DAYS, verbose_name='claims until, days after the purchase'),
        ),
        migrations.AddConstraint(
            model_name='networkaccount',
            constraint=models.CheckConstraint(condition=models.Q(('claim_after_days', None), ('claim_until_days', None), ('claim_until_days__gte', models.F('claim_after_days')), _connector='OR'), name='network_account_claims_end_after_they_begin'),
        ),
    ]
