from django.db import migrations, models


# The first sale of an order holds its number. Only numbers in plain letters: of others the database's idea of a letter
# may not be ours, and a number that is missing here costs nothing but that an inquiry's grant does not find it.
HOLD = """
UPDATE transactions_transaction held SET order_norm = first.norm FROM (
    SELECT DISTINCT ON (account_id, merchant_id, shopper_id, norm) id, norm FROM (
        SELECT id, account_id, merchant_id, shopper_id,
               left(upper(regexp_replace(order_id, '[^A-Za-z0-9]+', '', 'g')), 100) AS norm
        FROM transactions_transaction WHERE order_id ~ '^[ -~]+$'
    ) told
    WHERE norm <> '' ORDER BY account_id, merchant_id, shopper_id, norm, id
) first WHERE first.id = held.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0002_evidence'),
    ]

    operations = [
        migrations.AddField(
            model_name='transaction',
            name='granted_at',
            field=models.DateTimeField(null=True, verbose_name='granted'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='granted_minor',
            field=models.BigIntegerField(null=True, verbose_name='granted on inquiry'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='inquiry',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='inquiry'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='order_norm',
            field=models.CharField(blank=True, default='', editable=False, max_length=100),
        ),
        migrations.AlterField(
            model_name='transactionevent',
            name='via',
            field=models.CharField(choices=[('postback', 'postback'), ('poll', 'poll'), ('staff', 'staff'), ('inquiry', 'inquiry')], max_length=10, verbose_name='via'),
        ),
        migrations.RunSQL(HOLD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(condition=models.Q(('order_norm', ''), _negated=True), fields=('account', 'merchant', 'order_norm', 'shopper'), name='order_of_a_shopper_is_held_by_one_transaction'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('granted_at', None), ('granted_minor', None), ('inquiry', '')), models.Q(('granted_at__isnull', False), ('granted_minor__gte', 0), ('status', 'approved'), models.Q(('inquiry', ''), _negated=True), ('commission_minor__gte', models.F('granted_minor'))), _connector='OR'), name='transaction_never_gives_less_than_was_granted'),
        ),
    ]
