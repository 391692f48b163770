DROP TABLE license_maps;
