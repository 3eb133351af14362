-- Runs at each start. Changes no row of a large table.
select begin_generation_of_dump();
