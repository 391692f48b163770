DROP TABLE change_sequence;
DROP TABLE changes;
