"""Who changed what: the database writes it down itself, whoever writes to it; support.desk.audit says who."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Called with the key's column, the columns that are told, and those of them whose values are not: lists with commas.
# Who acts is a setting of the transaction, a JSON object; empty for the service itself.
_AUDIT = """
CREATE FUNCTION desk_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    columns text[] := string_to_array(TG_ARGV[1], ',');
    hidden text[] := string_to_array(TG_ARGV[2], ',');
    actor jsonb := coalesce(nullif(current_setting('vitrina.actor', true), ''), '{}')::jsonb;
    was jsonb := to_jsonb(OLD);
    is_now jsonb := to_jsonb(NEW);
    told_before jsonb;
    told_after jsonb;
BEGIN
    SELECT jsonb_object_agg(name, CASE WHEN name = ANY (hidden) THEN '"•••"' ELSE was -> name END),
           jsonb_object_agg(name, CASE WHEN name = ANY (hidden) THEN '"•••"' ELSE is_now -> name END)
        INTO told_before, told_after
        FROM unnest(columns) AS name WHERE (was -> name) IS DISTINCT FROM (is_now -> name);
    INSERT INTO desk_auditevent (user_id, acting_as, table_name, row_id, action, before, after, reason, ip, at,
                                 about_partner_id)
    VALUES (
        (actor ->> 'user')::integer,
        coalesce(actor ->> 'as', ''),
        TG_TABLE_NAME,
        coalesce(is_now, was) ->> TG_ARGV[0],
        lower(TG_OP),
        CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE coalesce(told_before, '{}') END,
        CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE coalesce(told_after, '{}') END,
        coalesce(actor ->> 'reason', ''),
        (actor ->> 'ip')::inet,
        clock_timestamp(),
        (coalesce(is_now, was) ->> 'partner_id')::uuid
    );
    RETURN NULL;
END $$;
CREATE TRIGGER desk_auditevent_stays BEFORE UPDATE OR DELETE ON desk_auditevent
    FOR EACH ROW EXECUTE FUNCTION desk_stays_as_it_was();
"""
_NO_AUDIT = """
DROP TRIGGER desk_auditevent_stays ON desk_auditevent;
DROP FUNCTION desk_audit();
"""


def _audited(table: str, columns: str, *, hidden: str = "", rows_too: bool = True) -> migrations.RunSQL:
    """As support.desk.audit.attach_sql writes it."""
    told = f"'id', '{columns}', '{hidden}'"
    names = columns.split(",")
    was, now = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    forward = f"""
CREATE TRIGGER {table}_change_is_audited AFTER UPDATE ON {table}
    FOR EACH ROW WHEN (({was}) IS DISTINCT FROM ({now}))
    EXECUTE FUNCTION desk_audit({told});
"""
    backward = f"DROP TRIGGER {table}_change_is_audited ON {table};"
    if rows_too:
        forward += f"""
CREATE TRIGGER {table}_is_audited AFTER INSERT OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION desk_audit({told});
"""
        backward += f" DROP TRIGGER {table}_is_audited ON {table};"
    return migrations.RunSQL(forward, backward)


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0002_rules_in_the_database"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=models.Func(function="uuidv7", output_field=models.UUIDField()),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("acting_as", models.CharField(blank=True, max_length=80, verbose_name="as")),
                ("table_name", models.CharField(max_length=63, verbose_name="table")),
                ("row_id", models.CharField(max_length=64, verbose_name="row")),
                (
                    "action",
                    models.CharField(
                        choices=[("insert", "added"), ("update", "changed"), ("delete", "deleted")],
                        max_length=6,
                        verbose_name="what",
                    ),
                ),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("about_partner_id", models.UUIDField(null=True, verbose_name="partner")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "indexes": [
                    models.Index(fields=["table_name", "row_id", "-id"], name="audit_by_row"),
                    models.Index(fields=["user", "-id"], name="audit_by_user"),
                    models.Index(fields=["about_partner_id", "-id"], name="audit_by_partner"),
                ],
            },
        ),
        migrations.RunSQL(_AUDIT, _NO_AUDIT),
        # Not the versions, due times and last words, which change with every message: those have their own rows.
        _audited(
            "desk_ticket",
            "storefront_id,shopper_id,requester_email,requester_name,subject,category,priority,status,language,"
            "team_id,assignee_id,tags,needs_person,snoozed_until,merged_into_id",
            hidden="requester_email,requester_name,subject",
            rows_too=False,
        ),
        _audited("desk_message", "text,html", hidden="text,html", rows_too=False),
        # Presence has a log of its own.
        _audited("desk_agent", "user_id,team_id,name,role,languages,most_open,is_active"),
        _audited("desk_team", "name,calendar_id,is_default,late_minutes"),
        _audited("desk_macro", "name,categories,actions,is_active"),
        _audited("desk_macro_for_partners", "macro_id,partner_id"),
    ]
