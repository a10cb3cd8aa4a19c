"""Keys with scopes, stored answers, and what lets a table tell its changes in an order that can be trusted: the number
of the transaction that wrote a row last, kept by the database whoever writes (see partners/api/pages.py)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Keys that were made before there were scopes go on doing all that they did.
EVERY_SCOPE = [
    'catalogue:read', 'clicks:read', 'clicks:write', 'transactions:read', 'shoppers:read', 'shoppers:write', 'claims:read',
    'claims:write', 'events:read', 'webhooks:read', 'webhooks:write', 'statistics:read', 'embed:write',
]

TRACKING = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xact := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE FUNCTION track_changes(tracked text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %I ADD COLUMN changed_xact bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint', tracked);
    EXECUTE format(
        'CREATE TRIGGER change_is_noted BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION note_change()', tracked);
    EXECUTE format(
        'CREATE INDEX %I ON %I (partner_id, changed_xact, id)', tracked || '_changes', tracked);
END $$;

CREATE FUNCTION untrack_changes(tracked text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TRIGGER change_is_noted ON %I', tracked);
    EXECUTE format('ALTER TABLE %I DROP COLUMN changed_xact', tracked);
END $$;
"""

NO_TRACKING = """
DROP FUNCTION untrack_changes(text);
DROP FUNCTION track_changes(text);
DROP FUNCTION note_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0003_reach_of_staff'),
    ]

    operations = [
        migrations.RunSQL(TRACKING, NO_TRACKING),
        migrations.AddField(
            model_name='partner',
            name='sandbox_of',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sandbox', to='partners.partner', verbose_name='sandbox of'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='allowed_networks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), blank=True, default=list, help_text='Addresses or networks that may use it, with commas between them; empty: all.', size=None, verbose_name='allowed networks'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='expires_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='expires'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=EVERY_SCOPE, size=None, verbose_name='scopes'),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('digest', models.CharField(max_length=64)),
                ('answer', models.TextField()),
                ('created_at', models.DateTimeField(db_index=True)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('partner', 'key'), name='idempotency_key_has_one_answer')],
            },
        ),
    ]
