//! Entity tags (RFC 7644 §3.14).

#[cfg(test)]
mod tests;

/// The tag of a version: `W/"3"`.
#[must_use]
pub fn format(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The version that a tag of [`format`] is of.
#[must_use]
pub fn version(tag: &str) -> Option<i64> {
    let version = opaque(tag).parse().ok()?;
    (format(version) == tag).then_some(version)
}

/// Whether a version has one of the tags of an `If-Match`. No tags at all, or `*`, match every version.
/// `W/` and quotes are ignored, since SCIM clients send weak tags where HTTP asks for strong ones.
///
/// For `If-None-Match` ask this only if the header is there.
#[must_use]
pub fn matches(tags: &[String], version: i64) -> bool {
    let version = version.to_string();
    tags.is_empty()
        || tags
            .iter()
            .any(|tag| opaque(tag) == "*" || opaque(tag) == version)
}

/// The tags of an `If-Match` or `If-None-Match` header, each as written; commas in quotes do not separate.
#[must_use]
pub fn parse_list(header: &str) -> Vec<String> {
    let mut quoted = false;
    header
        .split(|c: char| {
            quoted ^= c == '"';
            c == ',' && !quoted
        })
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .map(str::to_owned)
        .collect()
}

fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag
        .strip_prefix("W/")
        .or_else(|| tag.strip_prefix("w/"))
        .unwrap_or(tag);
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag)
}
