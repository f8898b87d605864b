-- One statement that claims jobs, or does nothing if one of them is poison. Its plan is kept, and finds them by
-- their index: one that was made while the queue was empty would read a queue that has filled since whole. A row
-- that is locked stays in its place.
CREATE FUNCTION smith_claim(of_queue text, at_most integer, seconds double precision)
RETURNS SETOF smith_jobs LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $body$ BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT ctid AS place, attempts >= max_attempts AS poison FROM smith_jobs
        WHERE queue = of_queue AND due_at <= smith_now()
        ORDER BY due_at, id LIMIT at_most FOR UPDATE SKIP LOCKED
    )
    UPDATE smith_jobs SET claim = claim + 1, attempts = attempts + 1, due_at = (SELECT smith_now() + seconds)
    WHERE ctid = ANY (ARRAY(SELECT place FROM due)) AND NOT EXISTS (SELECT 1 FROM due WHERE poison)
    RETURNING smith_jobs.*;
END $body$;
