from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offers', '0003_facts'),
    ]

    operations = [
        migrations.AddField(
            model_name='offerfacts',
            name='counts_with_other_codes',
            field=models.BooleanField(blank=True, help_text='Coupons that are not listed with us.', null=True, verbose_name='counts with codes from elsewhere'),
        ),
    ]
