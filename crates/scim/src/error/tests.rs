use serde_json::{Value, json};

use super::*;

/// R-ERR-01: `status` is a string, `scimType` is left out where there is none.
#[test]
fn the_message_is_that_of_the_rfc() {
    assert_eq!(
        Value::Object(message(
            400,
            Some(Kind::NoTarget.scim_type()),
            "Nothing there."
        )),
        json!({"schemas": [ERROR_URN], "status": "400", "scimType": "noTarget", "detail": "Nothing there."})
    );
    assert_eq!(
        Value::Object(message(404, None, "Gone.")),
        json!({"schemas": [ERROR_URN], "status": "404", "detail": "Gone."})
    );
}

/// R-ERR-02.
#[test]
fn every_kind_has_its_keyword() {
    for (error, keyword) in [
        (Error::invalid_filter(""), "invalidFilter"),
        (Error::invalid_path(""), "invalidPath"),
        (Error::invalid_syntax(""), "invalidSyntax"),
        (Error::invalid_value(""), "invalidValue"),
        (Error::no_target(""), "noTarget"),
        (Error::mutability(""), "mutability"),
        (Error::too_many(""), "tooMany"),
    ] {
        assert_eq!(error.kind.scim_type(), keyword);
    }
}
