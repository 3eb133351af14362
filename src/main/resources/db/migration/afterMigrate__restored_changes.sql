-- Runs at each start. A ledger that was restored from a dump into a new server has changes of
-- transactions that are still to come there: new ones would stand before them. The order of their
-- numbers is as good, for nobody is writing any more who could commit late.
update payment_changes set xid = '0'
where exists (select from payment_changes where xid > pg_snapshot_xmax(pg_current_snapshot()));

update event_publication set xid = '0' where xid > pg_snapshot_xmax(pg_current_snapshot());
