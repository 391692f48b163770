//! What RFC 7643 says of users beyond the characteristics of attributes.

use super::own;
use crate::{format::Format, schema::Schema};

/// The attributes whose text has a form, which the strict dialect asks for.
const FORMATS: [(&str, Option<&str>, Format); 5] = [
    ("preferredLanguage", None, Format::Languages),
    ("locale", None, Format::LanguageTag),
    ("timezone", None, Format::TimeZone),
    ("addresses", Some("country"), Format::Country),
    ("x509Certificates", Some("value"), Format::Certificate),
];

/// As RFC 7643 §8.7.1 has it, but: `addresses` have the `primary` that §4.1.2 shows, certificates compare
/// with regard to case, and `password`, which is dropped, is no part of the published schema (R16).
pub(super) fn schema() -> Schema {
    let mut schema = own(include_str!("user.json"));
    for attribute in &mut schema.attributes {
        attribute.discarded = attribute.name == "password";
        for (name, sub, format) in FORMATS {
            if attribute.name != name {
                continue;
            }
            let Some(sub) = sub else {
                attribute.format = Some(format);
                continue;
            };
            let subs = attribute.sub_attributes.iter_mut();
            for of_sub in subs.filter(|one| one.name == sub) {
                of_sub.format = Some(format);
            }
        }
    }
    schema
}
