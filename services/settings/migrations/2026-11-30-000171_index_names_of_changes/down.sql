DROP INDEX changes_name_idx;
