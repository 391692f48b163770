DROP INDEX deliveries_failed_idx;
DROP INDEX deliveries_waiting_idx;
DROP TABLE delivery_outcomes;
