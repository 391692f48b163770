-- What administrators find users by: names, addresses and the external id, one a line, folded and without accents
-- by `scim::text::search_key`. Nothing folds in SQL, so rows that are there get what is folded already: they
-- are found, but not yet without their accents, until they are written again or `identity refresh-search` is run.
ALTER TABLE users ADD COLUMN search_text text COLLATE "C" NOT NULL DEFAULT '';
UPDATE users SET search_text = concat_ws(
    E'\n',
    user_name_key,
    external_id,
    display_name_key,
    search ->> 'nickName',
    search #>> '{name,formatted}',
    search #>> '{name,givenName}',
    search #>> '{name,middleName}',
    family_name_key,
    nullif(email_text, '')
);
CREATE INDEX users_search_text_idx ON users USING gin (account_id, search_text gin_trgm_ops);
