-- Runs at each start. In a ledger that was restored from a dump into a new server, events may have
-- transaction numbers that this server has yet to reach: new events would be ordered before them.
-- Order them by their sequence numbers alone, which is safe: no transaction that wrote them is still
-- running.
update payment_events set xid = '0'
where exists (select from payment_events where xid > pg_snapshot_xmax(pg_current_snapshot()));

update event_publication set xid = '0' where xid > pg_snapshot_xmax(pg_current_snapshot());
