-- Rows are found by their request alone.
drop index idempotency_keys_by_token;
