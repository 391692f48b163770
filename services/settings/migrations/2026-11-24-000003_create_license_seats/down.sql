DROP TABLE license_seats;
