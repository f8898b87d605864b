ALTER TABLE smith_dead_letters DROP COLUMN name;

DROP INDEX smith_keys_values_marks;

DROP INDEX smith_keys_values_expiring;

CREATE INDEX smith_keys_values_expiring ON smith_keys_values (expires_at) WHERE expires_at IS NOT NULL;
