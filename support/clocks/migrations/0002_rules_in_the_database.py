"""What Django's models cannot say. Refusals have SQLSTATE 23001, so that Django raises IntegrityError."""

from django.db import migrations

CLOCKS = """
CREATE FUNCTION clocks_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.met_at IS NOT NULL OR OLD.stopped_at IS NOT NULL THEN
        RAISE EXCEPTION 'A finished clock is never revived and never edited. Start another one.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.started_at <> OLD.started_at OR NEW.subject_id <> OLD.subject_id OR NEW.metric <> OLD.metric
       OR NEW.cycle <> OLD.cycle OR NEW.partner_id <> OLD.partner_id THEN
        RAISE EXCEPTION 'A clock keeps its case and its start.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF OLD.breached_at IS NOT NULL AND (NEW.breached_at IS DISTINCT FROM OLD.breached_at
       OR NEW.due_at IS DISTINCT FROM OLD.due_at OR NEW.on_duty <> OLD.on_duty) THEN
        RAISE EXCEPTION 'A breach stays as it was: when, and who was on duty.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER clock_keeps_history BEFORE UPDATE ON clocks_clock
    FOR EACH ROW EXECUTE FUNCTION clocks_keep_history();

CREATE FUNCTION clocks_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER clock_is_never_removed BEFORE DELETE ON clocks_clock
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse('A clock is never removed. Stop it, with a reason.');

CREATE TRIGGER clock_pause_ends_once BEFORE UPDATE ON clocks_clockpause
    FOR EACH ROW WHEN (OLD.until IS NOT NULL OR NEW.since <> OLD.since OR NEW.clock_id <> OLD.clock_id)
    EXECUTE FUNCTION clocks_refuse('A pause is ended once and never edited.');

CREATE TRIGGER clock_pause_is_never_removed BEFORE DELETE ON clocks_clockpause
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse('A pause is never removed.');
"""

DROP_CLOCKS = """
DROP TRIGGER clock_pause_is_never_removed ON clocks_clockpause;
DROP TRIGGER clock_pause_ends_once ON clocks_clockpause;
DROP TRIGGER clock_is_never_removed ON clocks_clock;
DROP TRIGGER clock_keeps_history ON clocks_clock;
DROP FUNCTION clocks_keep_history();
"""

CALENDARS = """
CREATE TRIGGER calendar_version_is_never_edited BEFORE UPDATE OR DELETE ON clocks_calendarversion
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse('A calendar version is never edited. Make a new one.');

CREATE TRIGGER calendar_interval_is_never_edited BEFORE UPDATE OR DELETE ON clocks_calendarinterval
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse('A calendar version is never edited. Make a new one.');

CREATE TRIGGER holiday_is_never_edited BEFORE UPDATE OR DELETE ON clocks_holiday
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse('A calendar version is never edited. Make a new one.');

CREATE FUNCTION clocks_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM clocks_clock WHERE calendar_version_id = NEW.version_id) THEN
        RAISE EXCEPTION 'Clocks run by this calendar version already. Make a new one.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER calendar_interval_comes_before_clocks BEFORE INSERT ON clocks_calendarinterval
    FOR EACH ROW EXECUTE FUNCTION clocks_keep_version();

CREATE TRIGGER holiday_comes_before_clocks BEFORE INSERT ON clocks_holiday
    FOR EACH ROW EXECUTE FUNCTION clocks_keep_version();
"""

DROP_CALENDARS = """
DROP TRIGGER holiday_comes_before_clocks ON clocks_holiday;
DROP TRIGGER calendar_interval_comes_before_clocks ON clocks_calendarinterval;
DROP FUNCTION clocks_keep_version();
DROP TRIGGER holiday_is_never_edited ON clocks_holiday;
DROP TRIGGER calendar_interval_is_never_edited ON clocks_calendarinterval;
DROP TRIGGER calendar_version_is_never_edited ON clocks_calendarversion;
DROP FUNCTION clocks_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]

    operations = [
        migrations.RunSQL(CLOCKS, DROP_CLOCKS),
        migrations.RunSQL(CALENDARS, DROP_CALENDARS),
    ]
