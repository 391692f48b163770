DROP TABLE delivery_position;
DROP TABLE deliveries;
