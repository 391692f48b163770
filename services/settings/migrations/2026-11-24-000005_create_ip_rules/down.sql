DROP TABLE ip_rules;
