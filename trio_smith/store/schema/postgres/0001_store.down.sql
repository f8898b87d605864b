DROP TABLE smith_commits;

DROP TABLE smith_inbox;

DROP TABLE smith_audit;

DROP TABLE smith_audit_ends;

DROP TABLE smith_revision;

DROP TABLE smith_keys_values;

DROP TABLE smith_leases;

DROP TABLE smith_dead_letters;

DROP TABLE smith_jobs;

DROP TABLE smith_snapshots;

DROP TABLE smith_events;

DROP TABLE smith_streams;

DROP FUNCTION smith_audit_refuse();

DROP FUNCTION smith_now();
