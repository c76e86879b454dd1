//! The tables, as an append-only list of migration steps.

use rusqlite::{Connection, TransactionBehavior};

use super::error::Failure;

/// Step n migrates a database from `user_version` n to n + 1. Published steps are never edited.
const STEPS: &[&str] = &[
    "
    CREATE TABLE connectors (
        id           TEXT PRIMARY KEY,
        provider     TEXT NOT NULL,
        account_kind TEXT NOT NULL,
        -- In lower case: logins are case-insensitive.
        account_slug TEXT NOT NULL,
        version      INTEGER NOT NULL,
        body         TEXT NOT NULL,
        UNIQUE (provider, account_kind, account_slug)
    ) WITHOUT ROWID;

    CREATE TABLE secrets (
        connector TEXT PRIMARY KEY,
        nonce     BLOB NOT NULL,
        sealed    BLOB NOT NULL
    ) WITHOUT ROWID;

    -- Heads alone are the ledger: small, and apart from the bodies so that listing them is cheap.
    CREATE TABLE heads (
        connector TEXT NOT NULL,
        dataset   TEXT NOT NULL,
        day       TEXT NOT NULL,
        body      TEXT NOT NULL,
        PRIMARY KEY (connector, dataset, day)
    ) WITHOUT ROWID;

    -- With a rowid: a large row in an index tree would push its neighbors apart.
    CREATE TABLE bodies (
        connector TEXT NOT NULL,
        dataset   TEXT NOT NULL,
        day       TEXT NOT NULL,
        bytes     BLOB NOT NULL,
        PRIMARY KEY (connector, dataset, day)
    );

    CREATE TABLE revisions (
        id        INTEGER PRIMARY KEY,
        connector TEXT NOT NULL,
        body      TEXT NOT NULL
    );
    CREATE INDEX revisions_by_connector ON revisions (connector, id);

    -- Times are milliseconds since 1970.
    CREATE TABLE jobs (
        key        TEXT PRIMARY KEY,
        body       TEXT NOT NULL,
        -- waiting (or in flight: waiting with a receipt, not visible), done, dead
        state      TEXT NOT NULL,
        visible_at INTEGER NOT NULL,
        -- Breaks ties: first sent, first received.
        number     INTEGER NOT NULL,
        attempts   INTEGER NOT NULL DEFAULT 0,
        receipt    TEXT,
        ended_at   INTEGER,
        reason     TEXT
    ) WITHOUT ROWID;
    CREATE INDEX jobs_waiting ON jobs (visible_at, number) WHERE state = 'waiting';
    CREATE INDEX jobs_by_number ON jobs (number);
    CREATE UNIQUE INDEX jobs_in_flight ON jobs (receipt) WHERE receipt IS NOT NULL;
    CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

    CREATE TABLE notices (
        id        TEXT PRIMARY KEY,
        connector TEXT NOT NULL,
        body      TEXT NOT NULL,
        dismissed INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX notices_by_connector ON notices (connector);

    CREATE TABLE schedule (
        name TEXT PRIMARY KEY,
        day  TEXT NOT NULL
    ) WITHOUT ROWID;
    ",
    // Older notices had other IDs, under which they would never be closed.
    "
    DELETE FROM notices;
    ALTER TABLE notices ADD COLUMN told_at INTEGER;
    ",
    "
    CREATE TABLE lanes (
        name  TEXT PRIMARY KEY,
        turns TEXT NOT NULL
    ) WITHOUT ROWID;
    ",
    // One name may belong to two accounts at two hosts.
    "
    CREATE TABLE placed (
        id       TEXT PRIMARY KEY,
        provider TEXT NOT NULL,
        -- Account::unique_key
        place    TEXT NOT NULL,
        version  INTEGER NOT NULL,
        body     TEXT NOT NULL,
        UNIQUE (provider, place)
    ) WITHOUT ROWID;
    INSERT INTO placed
        SELECT id, provider, account_kind || '/' || account_slug
            || coalesce('@' || lower(rtrim(substr(json_extract(body, '$.api_url'), 9), '/')), ''), version, body
        FROM connectors;
    DROP TABLE connectors;
    ALTER TABLE placed RENAME TO connectors;
    ",
    // Both are set, or neither.
    "
    ALTER TABLE secrets ADD COLUMN previous_nonce BLOB;
    ALTER TABLE secrets ADD COLUMN previous_sealed BLOB;
    ",
    "
    CREATE TABLE mail_delivery (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        body     TEXT NOT NULL
    );
    ",
    // With rowids: a large row in an index tree would spread its neighbors out.
    "
    CREATE TABLE directories (
        connector TEXT PRIMARY KEY,
        version   INTEGER NOT NULL,
        -- What was read and the teams; compressed JSON, like the people.
        head      BLOB NOT NULL,
        people    BLOB NOT NULL
    );

    CREATE TABLE links (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        version  INTEGER NOT NULL,
        body     BLOB NOT NULL
    );
    ",
];

/// Applies the missing steps, each in a transaction.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), Failure> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: usize = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > STEPS.len() {
            return Err(Failure::Refused(format!(
                "the data folder was written by a newer pairmeter (layout {version}, this one knows {}); run that version or a newer one",
                STEPS.len()
            )));
        }
        let Some(step) = STEPS.get(version) else {
            return Ok(());
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}
