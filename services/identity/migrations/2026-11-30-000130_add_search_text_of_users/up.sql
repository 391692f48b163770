-- What administrators find users by: names, addresses and the external id, one a line, folded and without accents
-- by `scim::text::search_key`. Nothing folds in SQL, so rows that are there get what is folded already: they
-- are found, but not yet without their accents, until they are written again or `identity refresh-search` is run.
ALTER TABLE users ADD COLUMN search_text text COLLATE "C" NOT NULL DEFAULT '';
-- Put together by an operator, since Citus takes no function in an UPDATE that is not immutable, as concat_ws is.
UPDATE users SET search_text = user_name_key
    || coalesce(E'\n' || external_id, '')
    || coalesce(E'\n' || display_name_key, '')
    || coalesce(E'\n' || (search ->> 'nickName'), '')
    || coalesce(E'\n' || (search #>> '{name,formatted}'), '')
    || coalesce(E'\n' || (search #>> '{name,givenName}'), '')
    || coalesce(E'\n' || (search #>> '{name,middleName}'), '')
    || coalesce(E'\n' || family_name_key, '')
    || coalesce(E'\n' || nullif(email_text, ''), '');
CREATE INDEX users_search_text_idx ON users USING gin (account_id, search_text gin_trgm_ops);
