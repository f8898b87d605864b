-- Streams of events, and how far each of them has come.
CREATE TABLE smith_streams (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE smith_events (
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    at REAL NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (stream, version)
);

-- The newest state of a stream that was saved.
CREATE TABLE smith_snapshots (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    at REAL NOT NULL,
    data BLOB NOT NULL
);

-- Jobs of queues and durable timers, which are jobs with a name. A claimed job is due when its claim ends.
CREATE TABLE smith_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    name TEXT,
    data BLOB NOT NULL,
    due_at REAL NOT NULL,
    claim INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL
);

CREATE INDEX smith_jobs_due ON smith_jobs (queue, due_at, id);

CREATE UNIQUE INDEX smith_jobs_named ON smith_jobs (queue, name) WHERE name IS NOT NULL;

-- Jobs that were given up, with the reason.
CREATE TABLE smith_dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    data BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL
);

CREATE INDEX smith_dead_letters_of ON smith_dead_letters (queue, id);

-- Leases; a row stays when its lease ends, so that its token never goes back.
CREATE TABLE smith_leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    until_at REAL NOT NULL
) WITHOUT ROWID;

-- Keys and values; a row without data is the mark of a key that is gone since expires_at.
CREATE TABLE smith_keys_values (
    key TEXT PRIMARY KEY,
    data BLOB,
    revision INTEGER NOT NULL,
    expires_at REAL
);

CREATE INDEX smith_keys_values_changed ON smith_keys_values (revision);

CREATE INDEX smith_keys_values_expiring ON smith_keys_values (expires_at) WHERE expires_at IS NOT NULL;

-- One row: how many changes of keys there were.
CREATE TABLE smith_revision (
    revision INTEGER NOT NULL
);

INSERT INTO smith_revision (revision) VALUES (0);

-- Chains of records, each with a hash of all before it; nobody changes them.
CREATE TABLE smith_audit_ends (
    chain TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE smith_audit (
    chain TEXT NOT NULL,
    position INTEGER NOT NULL,
    at REAL NOT NULL,
    data BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, position)
);

CREATE TRIGGER smith_audit_no_update BEFORE UPDATE ON smith_audit
BEGIN
    SELECT RAISE(ABORT, 'audit records are never changed');
END;

CREATE TRIGGER smith_audit_no_delete BEFORE DELETE ON smith_audit
BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;

-- How far each receiver has accepted what each sender sent.
CREATE TABLE smith_inbox (
    receiver TEXT NOT NULL,
    sender TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (receiver, sender)
) WITHOUT ROWID;

-- Idempotency keys, with what was committed under them and what it answered.
CREATE TABLE smith_commits (
    key TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    answers TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX smith_commits_at ON smith_commits (at);
