//! How many operations a bulk request has, without building them.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The number of elements of `Operations`; 0 where the body is not of that shape, which whoever reads it
/// then says. Nesting costs no stack: what is ignored is skipped byte by byte.
pub(super) fn operations(body: &[u8]) -> usize {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    deserializer.deserialize_map(Message).unwrap_or_default()
}

struct Message;

impl<'de> Visitor<'de> for Message {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bulk request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(name) = members.next_key::<String>()? {
            if name.eq_ignore_ascii_case("Operations") {
                count = members.next_value::<Count>()?.0;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(count)
    }
}

struct Count(usize);

impl<'de> serde::Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        deserializer.deserialize_seq(Elements).map(Count)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while elements.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::operations;

    #[test]
    fn elements_are_counted_whatever_they_are() {
        let table = [
            ("{\"operations\": [1, {\"a\": [1, 2]}, []], \"x\": [1]}", 3),
            ("\u{feff}{\"Operations\": []}", 0),
            ("{\"Operations\": {}}", 0),
            ("[1]", 0),
            ("", 0),
        ];
        for (body, count) in table {
            assert_eq!(operations(body.as_bytes()), count, "{body}");
        }
        let many = format!("{{\"Operations\": [{}1]}}", "1,".repeat(200_000));
        assert_eq!(operations(many.as_bytes()), 200_001);
        let deep = format!("{{\"Operations\": [{}]}}", "[".repeat(1_000_000));
        assert_eq!(operations(deep.as_bytes()), 0);
    }
}
