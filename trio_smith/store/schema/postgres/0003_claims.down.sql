DROP FUNCTION smith_claim;
