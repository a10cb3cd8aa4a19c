"""What must hold at the desk whoever writes to the database: what was said stays said, and is found again."""

from django.db import migrations

# A message keeps its words, unless a redaction says why they are gone, or its shopper is; how it travelled may be told
# later.
_SAID = """
CREATE FUNCTION desk_stays_as_it_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%_is_never_changed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE FUNCTION desk_message_keeps_its_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    travels text[] := ARRAY['delivery', 'delivery_error', 'message_id', 'in_reply_to', 'cycle', 'sent_at', 'tries',
                            'next_try_at', 'lease'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'desk_message_is_never_deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - travels - 'text' - 'html') <> (to_jsonb(OLD) - travels - 'text' - 'html') THEN
        RAISE EXCEPTION 'desk_message_keeps_its_facts' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.text, NEW.html) IS DISTINCT FROM (OLD.text, OLD.html) AND NOT (NEW.text = '' AND NEW.html = '') THEN
        RAISE EXCEPTION 'desk_message_keeps_its_words' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
-- Asked at the end of the transaction: of a shopper who is erased, who they were goes last.
CREATE FUNCTION desk_message_is_blanked_for_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM desk_redaction r WHERE r.message_id = NEW.id)
       AND NOT EXISTS (SELECT FROM desk_ticket t JOIN partners_shopper s ON s.id = t.shopper_id
                       WHERE t.id = NEW.ticket_id AND s.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'desk_message_is_blanked_for_a_reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_message_keeps_its_words BEFORE UPDATE OR DELETE ON desk_message
    FOR EACH ROW EXECUTE FUNCTION desk_message_keeps_its_words();
CREATE CONSTRAINT TRIGGER desk_message_is_blanked_for_a_reason AFTER UPDATE OF text, html ON desk_message
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.text <> NEW.text OR OLD.html <> NEW.html)
    EXECUTE FUNCTION desk_message_is_blanked_for_a_reason();
CREATE TRIGGER desk_ticketevent_stays BEFORE UPDATE OR DELETE ON desk_ticketevent
    FOR EACH ROW EXECUTE FUNCTION desk_stays_as_it_was();
CREATE TRIGGER desk_redaction_stays BEFORE UPDATE OR DELETE ON desk_redaction
    FOR EACH ROW EXECUTE FUNCTION desk_stays_as_it_was();
CREATE TRIGGER desk_presencechange_stays BEFORE UPDATE OR DELETE ON desk_presencechange
    FOR EACH ROW EXECUTE FUNCTION desk_stays_as_it_was();
CREATE TRIGGER desk_macroversion_stays BEFORE UPDATE OR DELETE ON desk_macroversion
    FOR EACH ROW EXECUTE FUNCTION desk_stays_as_it_was();
"""
_UNSAID = """
DROP TRIGGER desk_message_keeps_its_words ON desk_message;
DROP TRIGGER desk_message_is_blanked_for_a_reason ON desk_message;
DROP TRIGGER desk_ticketevent_stays ON desk_ticketevent;
DROP TRIGGER desk_redaction_stays ON desk_redaction;
DROP TRIGGER desk_presencechange_stays ON desk_presencechange;
DROP TRIGGER desk_macroversion_stays ON desk_macroversion;
DROP FUNCTION desk_message_keeps_its_words();
DROP FUNCTION desk_message_is_blanked_for_a_reason();
DROP FUNCTION desk_stays_as_it_was();
"""

# The order's number stands in a room above, whose table may not be there yet: it is asked for by name. An index of words
# holds a megabyte at most: of a conversation that is longer the rest is not found, and nobody is kept from writing.
_FOUND = """
CREATE FUNCTION desk_words(said text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT setweight(to_tsvector('simple', coalesce(said, '')), weight)
        || setweight(to_tsvector('russian', coalesce(said, '')), weight)
        || setweight(to_tsvector('english', coalesce(said, '')), weight)
$$;
CREATE FUNCTION desk_index(ticket uuid, about text, said text) RETURNS void LANGUAGE sql AS $$
    UPDATE desk_ticket t SET search = desk_words(t.subject, 'A')
        || setweight(to_tsvector('simple', concat_ws(' ', t.number, 'T-' || t.number, t.requester_email,
                                                     t.requester_name, about)), 'A')
        || desk_words(said, 'B')
    WHERE t.id = ticket
$$;
CREATE FUNCTION desk_reindex(ticket uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    about text := '';
    said text;
BEGIN
    IF to_regclass('claims_claim') IS NOT NULL THEN
        EXECUTE 'SELECT coalesce(max(concat_ws('' '', c.order_no, c.order_no_norm, ''C-'' || c.number, m.name)), '''')
                 FROM claims_claim c LEFT JOIN offers_merchant m ON m.id = c.merchant_id WHERE c.ticket_id = $1'
            INTO about USING ticket;
    END IF;
    SELECT left(coalesce(string_agg(left(m.text, 20000), ' ' ORDER BY m.id), ''), 200000) INTO said
        FROM desk_message m WHERE m.ticket_id = ticket;
    BEGIN
        PERFORM desk_index(ticket, about, said);
    EXCEPTION WHEN program_limit_exceeded THEN
        PERFORM desk_index(ticket, about, left(said, 20000));
    END;
END $$;
CREATE FUNCTION desk_message_is_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM desk_reindex(NEW.ticket_id);
        RETURN NULL;
    END IF;
    BEGIN
        UPDATE desk_ticket SET search = coalesce(search, ''::tsvector) || desk_words(left(NEW.text, 20000), 'B')
        WHERE id = NEW.ticket_id;
    EXCEPTION WHEN program_limit_exceeded THEN
        RETURN NULL;
    END;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_message_is_found AFTER INSERT OR UPDATE OF text ON desk_message
    FOR EACH ROW EXECUTE FUNCTION desk_message_is_found();
CREATE FUNCTION desk_ticket_is_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.subject, NEW.requester_email, NEW.requester_name)
                          = (OLD.subject, OLD.requester_email, OLD.requester_name) THEN
        RETURN NULL;
    END IF;
    PERFORM desk_reindex(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER desk_ticket_is_found AFTER INSERT OR UPDATE OF subject, requester_email, requester_name ON desk_ticket
    FOR EACH ROW EXECUTE FUNCTION desk_ticket_is_found();
"""
_LOST = """
DROP TRIGGER desk_ticket_is_found ON desk_ticket;
DROP TRIGGER desk_message_is_found ON desk_message;
DROP FUNCTION desk_ticket_is_found();
DROP FUNCTION desk_message_is_found();
DROP FUNCTION desk_reindex(uuid);
DROP FUNCTION desk_index(uuid, text, text);
DROP FUNCTION desk_words(text, "char");
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]
    operations = [migrations.RunSQL(_SAID, _UNSAID), migrations.RunSQL(_FOUND, _LOST)]
