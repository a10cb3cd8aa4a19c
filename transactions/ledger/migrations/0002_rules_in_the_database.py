"""What Django's models cannot say. Refusals have SQLSTATE 23001, so that Django raises IntegrityError."""

from django.db import migrations

FOREIGN_KEYS = """
ALTER TABLE ledger_transfer
    ADD CONSTRAINT transfer_source_has_its_partner_and_currency
        FOREIGN KEY (source_id, partner_id, currency) REFERENCES ledger_account (id, partner_id, currency),
    ADD CONSTRAINT transfer_target_has_its_partner_and_currency
        FOREIGN KEY (target_id, partner_id, currency) REFERENCES ledger_account (id, partner_id, currency);
"""

DROP_FOREIGN_KEYS = """
ALTER TABLE ledger_transfer
    DROP CONSTRAINT transfer_source_has_its_partner_and_currency,
    DROP CONSTRAINT transfer_target_has_its_partner_and_currency;
"""

ENTRIES = """
CREATE VIEW ledger_entry AS
    SELECT target_id AS account_id, id AS transfer_id, subject_id, amount FROM ledger_transfer
    UNION ALL
    SELECT source_id, id, subject_id, -amount FROM ledger_transfer;
"""

BALANCES = """
CREATE FUNCTION ledger_open_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_balance (account_id, amount, may_go_negative) VALUES (NEW.id, 0, NEW.may_go_negative);
    RETURN NULL;
END $$;

CREATE TRIGGER account_has_its_balance_row AFTER INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.kind = 'shopper') EXECUTE FUNCTION ledger_open_balance();

CREATE FUNCTION ledger_add_to_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    -- Row by row in account order: two batches that share accounts wait for each other in one direction only.
    FOR change IN
        SELECT account_id, sum(amount) AS amount
        FROM (
            SELECT target_id AS account_id, amount FROM posted
            UNION ALL
            SELECT source_id, -amount FROM posted
        ) AS entry
        GROUP BY account_id
        ORDER BY account_id
    LOOP
        UPDATE ledger_balance SET amount = amount + change.amount WHERE account_id = change.account_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER balance_follows_transfers AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_add_to_balances();
"""

DROP_BALANCES = """
DROP TRIGGER balance_follows_transfers ON ledger_transfer;
DROP TRIGGER account_has_its_balance_row ON ledger_account;
DROP FUNCTION ledger_add_to_balances();
DROP FUNCTION ledger_open_balance();
"""

# Emptying has triggers of its own, so that a test database can go without these and keep all others.
REFUSALS = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER transfer_is_never_edited BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse(
        'A transfer is never edited or removed. Correct it with a new transfer.');

CREATE TRIGGER transfer_is_never_emptied BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse(
        'Transfers are never edited or removed. Correct them with new transfers.');

CREATE TRIGGER account_keeps_its_terms BEFORE UPDATE OR DELETE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse(
        'An account keeps its terms and is never removed. Open another one.');

CREATE TRIGGER balance_changes_by_transfers BEFORE INSERT OR UPDATE OR DELETE ON ledger_balance
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse(
        'A balance is never edited. Only a transfer changes it.');

CREATE TRIGGER balance_is_never_emptied BEFORE TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse(
        'A balance is never edited. Only a transfer changes it.');
"""

DROP_REFUSALS = """
DROP TRIGGER balance_is_never_emptied ON ledger_balance;
DROP TRIGGER balance_changes_by_transfers ON ledger_balance;
DROP TRIGGER account_keeps_its_terms ON ledger_account;
DROP TRIGGER transfer_is_never_emptied ON ledger_transfer;
DROP TRIGGER transfer_is_never_edited ON ledger_transfer;
DROP FUNCTION ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_accounts_and_transfers")]

    operations = [
        migrations.RunSQL(FOREIGN_KEYS, DROP_FOREIGN_KEYS),
        migrations.RunSQL(ENTRIES, "DROP VIEW ledger_entry;"),
        migrations.RunSQL(BALANCES, DROP_BALANCES),
        migrations.RunSQL(REFUSALS, DROP_REFUSALS),
    ]
