"""What Django's models cannot say. Refusals have SQLSTATE 23001, so that Django raises IntegrityError."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION quality_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;
"""

RATINGS = """
CREATE FUNCTION quality_keep_rating() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['score', 'reason', 'comment', 'answered_at'];
BEGIN
    -- The one answer.
    IF OLD.answered_at IS NULL AND NEW.answered_at IS NOT NULL
       AND to_jsonb(NEW) - answer = to_jsonb(OLD) - answer THEN
        RETURN NEW;
    END IF;
    -- Erasing what a shopper wrote, who asked to be forgotten: the score stays.
    IF NEW.comment = '' AND to_jsonb(NEW) - 'comment' = to_jsonb(OLD) - 'comment' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A rating is answered once, by its shopper, and never edited.'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER rating_is_never_edited BEFORE UPDATE ON quality_rating
    FOR EACH ROW EXECUTE FUNCTION quality_keep_rating();

CREATE TRIGGER rating_is_born_unanswered BEFORE INSERT ON quality_rating
    FOR EACH ROW WHEN (NEW.answered_at IS NOT NULL) EXECUTE FUNCTION quality_refuse(
        'A rating is asked for first and answered by its shopper then.');

CREATE TRIGGER rating_is_never_removed BEFORE DELETE ON quality_rating
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('A rating is never removed.');
"""

DROP_RATINGS = """
DROP TRIGGER rating_is_never_removed ON quality_rating;
DROP TRIGGER rating_is_born_unanswered ON quality_rating;
DROP TRIGGER rating_is_never_edited ON quality_rating;
DROP FUNCTION quality_keep_rating();
"""

REVIEWS = """
CREATE TRIGGER review_once_written_stays BEFORE UPDATE ON quality_qareview
    FOR EACH ROW WHEN (OLD.reviewed_at IS NOT NULL) EXECUTE FUNCTION quality_refuse(
        'A review that was written stays as it is.');

CREATE TRIGGER review_is_never_removed BEFORE DELETE ON quality_qareview
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('What was picked for a review is never put back.');
"""

DROP_REVIEWS = """
DROP TRIGGER review_is_never_removed ON quality_qareview;
DROP TRIGGER review_once_written_stays ON quality_qareview;
"""

SUGGESTIONS = """
CREATE FUNCTION quality_check_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id = (SELECT user_id FROM desk_agent WHERE id = NEW.author_id) THEN
        RAISE EXCEPTION 'Nobody decides on a suggestion of their own.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'suggestion_is_decided_by_another_than_its_author';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER suggestion_is_decided_by_another_than_its_author BEFORE INSERT OR UPDATE ON quality_suggestion
    FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL) EXECUTE FUNCTION quality_check_decider();

CREATE TRIGGER suggestion_once_shipped_stays BEFORE UPDATE ON quality_suggestion
    FOR EACH ROW WHEN (OLD.stage = 'shipped') EXECUTE FUNCTION quality_refuse(
        'A suggestion that was shipped stays as it is.');

CREATE TRIGGER suggestion_step_is_never_edited BEFORE UPDATE OR DELETE ON quality_suggestionstep
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('What happened to a suggestion is never rewritten.');
"""

DROP_SUGGESTIONS = """
DROP TRIGGER suggestion_step_is_never_edited ON quality_suggestionstep;
DROP TRIGGER suggestion_once_shipped_stays ON quality_suggestion;
DROP TRIGGER suggestion_is_decided_by_another_than_its_author ON quality_suggestion;
DROP FUNCTION quality_check_decider();
"""

BONUS = """
CREATE TRIGGER bonus_plan_is_never_edited BEFORE UPDATE OR DELETE ON quality_bonusplan
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('A bonus plan is never edited. Make a new one.');

CREATE TRIGGER bonus_sheet_is_frozen BEFORE UPDATE OR DELETE ON quality_bonussheet
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('A bonus sheet is frozen.');

CREATE TRIGGER bonus_line_is_frozen BEFORE UPDATE OR DELETE ON quality_bonusline
    FOR EACH ROW EXECUTE FUNCTION quality_refuse('A bonus sheet is frozen.');

CREATE FUNCTION quality_count_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM quality_bonusline WHERE sheet_id = NEW.sheet_id)
       > (SELECT line_count FROM quality_bonussheet WHERE id = NEW.sheet_id) THEN
        RAISE EXCEPTION 'A bonus sheet is frozen: it takes no further line.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER bonus_sheet_takes_no_further_line AFTER INSERT ON quality_bonusline
    FOR EACH ROW EXECUTE FUNCTION quality_count_lines();
"""

DROP_BONUS = """
DROP TRIGGER bonus_sheet_takes_no_further_line ON quality_bonusline;
DROP FUNCTION quality_count_lines();
DROP TRIGGER bonus_line_is_frozen ON quality_bonusline;
DROP TRIGGER bonus_sheet_is_frozen ON quality_bonussheet;
DROP TRIGGER bonus_plan_is_never_edited ON quality_bonusplan;
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION quality_refuse();"),
        migrations.RunSQL(RATINGS, DROP_RATINGS),
        migrations.RunSQL(REVIEWS, DROP_REVIEWS),
        migrations.RunSQL(SUGGESTIONS, DROP_SUGGESTIONS),
        migrations.RunSQL(BONUS, DROP_BONUS),
    ]
