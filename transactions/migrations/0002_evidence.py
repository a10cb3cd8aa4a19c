from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='click',
            name='blocker_seen',
            field=models.BooleanField(null=True, verbose_name='ad blocker on'),
        ),
        migrations.AddField(
            model_name='click',
            name='cookies_kept',
            field=models.BooleanField(null=True, verbose_name='cookies kept'),
        ),
        migrations.AddField(
            model_name='click',
            name='evidence_at',
            field=models.DateTimeField(null=True, verbose_name='browser looked at'),
        ),
    ]
