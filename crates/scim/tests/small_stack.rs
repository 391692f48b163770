//! Reliability R8 and R9: whatever nests, in a filter, a path or a body, is read, used and dropped on a
//! stack of 256 KiB; what nests too deep is refused before anything is built of it.

use std::thread;

use scim::{
    Map,
    definitions::{self, LicenseExtension},
    dialect::Dialect::{Lenient, Strict},
    filter, json, members, patch, path, resource,
};

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 * 1024);
    thread
        .spawn(test)
        .expect("a thread")
        .join()
        .expect("the test passes");
}

/// Openings, an inside, closings; the closings may be left out.
fn nested(depth: usize) -> Vec<String> {
    let row = |open: &str, inside: &str, close: &str| {
        format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
    };
    vec![
        row("(", "title pr", ")"),
        row("not (", "title pr", ")"),
        row("not(", "\u{1}", ""),
        row("not (", "title eq", ")"),
        row("not ", "title pr", ""),
        row("emails[", "type pr", "]"),
        row("emails[not (", "type pr", ")]"),
        row("(title pr and ", "title pr", ")"),
        row("(title pr or not (", "title pr", "))"),
        row("title pr and ", "title pr", ""),
        row("title pr or ", "title pr", ""),
        row("(", "", ""),
        row("[", "", ""),
        row(")", "", ""),
        row("\"", "", ""),
        row("a.", "b", ""),
        row("urn:", "x", ""),
    ]
}

const DEPTHS: [usize; 9] = [1, 8, 16, 31, 32, 33, 200, 5_000, 100_000];

#[test]
fn r08_r09_filters() {
    on_a_small_stack(|| {
        let user = definitions::user(&LicenseExtension::default());
        for text in DEPTHS.into_iter().flat_map(nested) {
            for dialect in [Lenient, Strict] {
                match filter::parse(&text, dialect) {
                    Ok(parsed) => {
                        assert!(text.len() <= filter::MAX_LENGTH);
                        assert_eq!(
                            filter::parse(&parsed.to_string(), dialect).as_ref(),
                            Ok(&parsed)
                        );
                        if let Ok(predicate) = filter::bind(&parsed, &user, dialect) {
                            let _ = filter::matches(&predicate, &Map::new());
                        }
                    }
                    // The message does not carry what was sent.
                    Err(error) => assert!(error.detail.len() < 300, "{} bytes", error.detail.len()),
                }
            }
        }
    });
}

#[test]
fn r08_r09_paths() {
    on_a_small_stack(|| {
        let user = definitions::user(&LicenseExtension::default());
        for text in DEPTHS.into_iter().flat_map(nested) {
            for path in [
                text.clone(),
                format!("emails[{text}]"),
                format!("emails[{text}].value"),
            ] {
                for dialect in [Lenient, Strict] {
                    if let Err(error) = path::parse(&path, &user, dialect) {
                        assert!(error.detail.len() < 300, "{} bytes", error.detail.len());
                    }
                }
            }
        }
    });
}

#[test]
fn r08_r09_bodies() {
    on_a_small_stack(|| {
        let user = definitions::user(&LicenseExtension::default());
        let group = definitions::group();
        for depth in DEPTHS {
            for (open, close) in [
                ("[", "]"),
                ("{\"a\":", "}"),
                ("[{\"value\":", "}]"),
                ("{\"name\":[", "]}"),
            ] {
                for inside in ["1", ""] {
                    let nest = format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
                    assert!(
                        depth < 33 || json::parse_value(&nest).is_err(),
                        "{open} {depth}"
                    );
                    for name in ["name", "emails", "members", "noSuch", "schemas"] {
                        let body = format!(
                            "{{\"userName\":\"a\",\"displayName\":\"a\",\"{name}\":{nest}}}"
                        );
                        if let Ok(body) = json::parse_object(body.as_bytes()) {
                            for resource_type in [&user, &group] {
                                let _ = resource::read(resource_type, body.clone(), Lenient);
                            }
                        }
                    }
                    let operation = format!(
                        "{{\"Operations\":[{{\"op\":\"add\",\"value\":{nest}}},{{\"op\":\"add\",\"path\":\"members\",\"value\":{nest}}}]}}"
                    );
                    if let Ok(body) = json::parse_object(operation.as_bytes())
                        && let Ok(operations) = patch::read_request(body, Lenient)
                    {
                        let _ = patch::apply(&user, &mut Map::new(), &operations, Lenient);
                        let _ = members::plan(&group, &operations, Lenient);
                    }
                }
            }
        }
    });
}

/// JSON in a string in JSON (R-PATCH-42) is one more body, with the same limits.
#[test]
fn r08_r09_json_in_strings() {
    on_a_small_stack(|| {
        let user = definitions::user(&LicenseExtension::default());
        let mut text = "[".repeat(100_000);
        for _ in 0..4 {
            let value = serde_json::json!([{"value": text}]).to_string();
            let operation = format!(
                "{{\"Operations\":[{{\"op\":\"add\",\"path\":\"roles\",\"value\":{value}}}]}}"
            );
            let body = json::parse_object(operation.as_bytes()).expect("a body");
            let operations = patch::read_request(body, Lenient).expect("operations");
            let _ = patch::apply(&user, &mut Map::new(), &operations, Lenient);
            text = format!("{{\"value\":{}}}", serde_json::Value::String(text));
        }
    });
}
