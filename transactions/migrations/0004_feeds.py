from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0004_api'),
        ('transactions', '0003_inquiries'),
    ]

    operations = [
        migrations.RunSQL(
            "SELECT track_changes('transactions_transaction')", "SELECT untrack_changes('transactions_transaction')"
        ),
        migrations.AddIndex(
            model_name='click',
            index=models.Index(fields=['partner', '-id'], name='click_by_partner'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['partner', 'occurred_at'], name='transaction_by_day'),
        ),
    ]
