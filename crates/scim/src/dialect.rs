//! How far a client may deviate from the RFCs; the place where every deviation is named.

/// How a client's messages are read. What is sent is the same in both: always as the RFCs say.
///
/// [`Dialect::Lenient`] besides accepts:
///
/// | where | what | requirement |
/// |---|---|---|
/// | filters | `TRUE`, `False`, `NULL` in any case | R-FILTER-01 |
/// | filters | `not` without parentheses, for the one test that follows | R-FILTER-20 |
/// | filters | `active eq "True"`: a boolean as a string | R-FILTER-18 |
/// | filters | a number compared with text | R-FILTER-18 |
/// | every path | `urn:…:User.manager`: a dot after the URN | R-FILTER-14, R-PATCH-15 |
/// | every path | an extension's attribute without its URN, where only one extension has it | R-EXT-06 |
/// | projection | `attributes` and `excludedAttributes` at once: the former wins | R-PROJ-02 |
/// | resources | no `schemas`, foreign schema URNs, unknown attributes: ignored | R-POST-06, R-ATTR-18, R-ATTR-19 |
/// | resources | booleans as strings, one value where several are expected | R-ATTR-02, R-ATTR-17 |
/// | resources | `5.0` for an integer | R-ATTR-04 |
/// | resources | any text but a script as a reference | R-ATTR-07 |
/// | resources | core attributes in an object under the URN of the core schema | R-PATCH-41 |
/// | resources | `""` for an optional string: unassigned | R-ATTR-10 |
/// | resources | `manager` as a string or an array | R-ENT-03 |
/// | resources | a `manager` that is no user of the account: kept as it is | R-ENT-04 |
/// | resources | any text as `addresses.country`, `preferredLanguage`, `locale`, `timezone` | R-USER-06, R-USER-08 |
/// | resources | any bytes as a certificate, but not several certificates | R-USER-07 |
/// | resources | values beside the canonical ones, above all of `type` | R-INTEROP-04 |
/// | PUT | an `id` that is not that of the URL: the URL decides | R-PUT-05 |
/// | PATCH | no `schemas`, no operations, `path: ""` | R-PATCH-01, R-PATCH-02, R-PATCH-16 |
/// | PATCH | a value path that nothing matches creates an element, or removes nothing | R-PATCH-28 |
/// | PATCH | unknown URNs in an `add` to `schemas`: ignored | R-PATCH-36, R-PATCH-37 |
/// | PATCH | keys of a pathless value that are paths themselves | R-PATCH-41 |
/// | PATCH | scalars wrapped in arrays or `{"value": …}`, JSON in strings | R-PATCH-42 |
/// | PATCH | readOnly and unknown attributes in a pathless value, paths too: ignored | R-PATCH-31, R-PATCH-37 |
/// | `.search` | `startIndex` and `count` as text | R-SRCH-03 |
///
/// Accepted in both, though the RFCs do not have it: tails behind value paths in filters (R-FILTER-22), `eq
/// null` (R-FILTER-11), a complex attribute compared by its `value` (R-FILTER-12), `remove` of `members` with a
/// list of those to remove (R-PATCH-43), operation names in any case (R-PATCH-03), `_` in a `locale` (R-USER-08),
/// country codes in lower case (R-USER-06), `schemas` in the object of an extension, where it says nothing (R-PATCH-36),
/// and `password`, though no schema offers it (R-USER-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Liberal in what is accepted: what Okta, Microsoft Entra ID and other clients really send.
    #[default]
    Lenient,
    /// RFC 7643 and RFC 7644 to the letter, and where they only suggest values (`canonicalValues`) no others.
    Strict,
}
