-- What is to expire, and the marks that are to be forgotten, each found without looking at the others.
DROP INDEX smith_keys_values_expiring;

CREATE INDEX smith_keys_values_expiring ON smith_keys_values (expires_at, key)
WHERE data IS NOT NULL AND expires_at IS NOT NULL;

CREATE INDEX smith_keys_values_marks ON smith_keys_values (expires_at, key) WHERE data IS NULL;

-- A timer keeps its name among the dead letters, for when it is replayed.
ALTER TABLE smith_dead_letters ADD COLUMN name TEXT;
