-- Since when an endpoint rests, or is full of deliveries that get no answer: what happens meanwhile waits for it from the
-- beginning. Null: it does not.
alter table webhook_endpoints add column backed_up_since timestamptz;
