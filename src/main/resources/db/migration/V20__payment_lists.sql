-- Lists of payments, newest first. Kinds are few: a list that asks for some of them, or all, reads the
-- newest of each, and so never passes over many rows that it does not want.
create index payments_by_kind on payments (status, gateway, user_tier, created_at, id);
create index payments_by_user on payments (user_id, created_at, id);
create index payments_by_order on payments (order_id, created_at, id);
