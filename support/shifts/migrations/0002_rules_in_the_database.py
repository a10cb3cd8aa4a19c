"""What Django's models cannot say. Refusals have SQLSTATE 23001, so that Django raises IntegrityError."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION shifts_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;
"""

FROZEN = """
CREATE TRIGGER shift_close_is_never_edited BEFORE UPDATE OR DELETE ON shifts_shiftclose
    FOR EACH ROW EXECUTE FUNCTION shifts_refuse('The close of a shift is frozen.');

CREATE TRIGGER shift_close_item_is_never_edited BEFORE UPDATE OR DELETE ON shifts_shiftcloseitem
    FOR EACH ROW EXECUTE FUNCTION shifts_refuse('The close of a shift is frozen.');

CREATE TRIGGER hand_over_is_never_edited BEFORE UPDATE OR DELETE ON shifts_handover
    FOR EACH ROW EXECUTE FUNCTION shifts_refuse('A hand-over is never edited.');

-- A close says how many items it has: once they are written, nothing can be added.
CREATE FUNCTION shifts_count_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM shifts_shiftclose AS closed
        WHERE id IN (SELECT close_id FROM added)
          AND owed + late_arrivals < (SELECT count(*) FROM shifts_shiftcloseitem WHERE close_id = closed.id)
    ) THEN
        RAISE EXCEPTION 'The close of a shift is frozen: nothing is added to it.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER shift_close_takes_no_more_items AFTER INSERT ON shifts_shiftcloseitem
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION shifts_count_items();
"""

SHIFTS = """
CREATE FUNCTION shifts_keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid;
BEGIN
    IF TG_TABLE_NAME = 'shifts_shift' THEN
        touched := OLD.id;
    ELSIF TG_OP = 'DELETE' THEN
        touched := OLD.shift_id;
    ELSE
        touched := NEW.shift_id;
    END IF;
    IF EXISTS (SELECT FROM shifts_shiftclose WHERE shift_id = touched) THEN
        RAISE EXCEPTION 'The shift was closed: its hours and its people stay as they were.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'shifts_shiftmember' THEN
        RAISE EXCEPTION 'An agent is put on a shift or taken from it, never exchanged.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER shift_that_was_closed_stays BEFORE UPDATE OR DELETE ON shifts_shift
    FOR EACH ROW EXECUTE FUNCTION shifts_keep_closed();

CREATE TRIGGER shift_that_was_closed_keeps_its_people BEFORE INSERT OR UPDATE OR DELETE ON shifts_shiftmember
    FOR EACH ROW EXECUTE FUNCTION shifts_keep_closed();
"""

EXCUSES = """
CREATE FUNCTION shifts_check_excuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.approved_by_id IS NOT NULL OR OLD.refused_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'An excuse is decided once.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
        END IF;
        IF NEW.item_id <> OLD.item_id OR NEW.reason <> OLD.reason OR NEW.asked_by_id <> OLD.asked_by_id
           OR NEW.asked_at <> OLD.asked_at THEN
            RAISE EXCEPTION 'What was asked stays as it was asked.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM shifts_shiftcloseitem WHERE id = NEW.item_id AND owner_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'An excuse is approved by somebody else than who had the thing.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER excuse_is_decided_once_by_somebody_else BEFORE INSERT OR UPDATE ON shifts_excuse
    FOR EACH ROW EXECUTE FUNCTION shifts_check_excuse();

CREATE TRIGGER excuse_is_never_removed BEFORE DELETE ON shifts_excuse
    FOR EACH ROW EXECUTE FUNCTION shifts_refuse('An excuse is never removed.');
"""

DROP_FROZEN = """
DROP TRIGGER shift_close_takes_no_more_items ON shifts_shiftcloseitem;
DROP TRIGGER hand_over_is_never_edited ON shifts_handover;
DROP TRIGGER shift_close_item_is_never_edited ON shifts_shiftcloseitem;
DROP TRIGGER shift_close_is_never_edited ON shifts_shiftclose;
DROP FUNCTION shifts_count_items();
"""

DROP_SHIFTS = """
DROP TRIGGER shift_that_was_closed_keeps_its_people ON shifts_shiftmember;
DROP TRIGGER shift_that_was_closed_stays ON shifts_shift;
DROP FUNCTION shifts_keep_closed();
"""

DROP_EXCUSES = """
DROP TRIGGER excuse_is_never_removed ON shifts_excuse;
DROP TRIGGER excuse_is_decided_once_by_somebody_else ON shifts_excuse;
DROP FUNCTION shifts_check_excuse();
"""


class Migration(migrations.Migration):
    dependencies = [("shifts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION shifts_refuse();"),
        migrations.RunSQL(FROZEN, DROP_FROZEN),
        migrations.RunSQL(SHIFTS, DROP_SHIFTS),
        migrations.RunSQL(EXCUSES, DROP_EXCUSES),
    ]
