use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

use super::read;

fn form(content_type: &str, body: &str) -> Option<Vec<(String, String)>> {
    let value = HeaderValue::from_str(content_type).unwrap();
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, value)]);
    let fields = read(&headers, body.as_bytes())?.into_iter();
    Some(
        fields
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
    )
}

fn part(name: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

/// Account-behaviour section 2A: what curl, browsers and Python send.
#[test]
fn a_form_of_texts() {
    let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
    let typed = "multipart/form-data; boundary=b";
    let two = format!(
        "{}{}--b--\r\n",
        part("enabled", "true"),
        part("name", "a\r\nb")
    );
    assert_eq!(form(typed, &two).unwrap().len(), 2);
    let table = [
        (typed, format!("{}--b--", part("name", "okta")), one("name", "okta")),
        (typed, format!("before\r\n{}--b--\r\nafter", part("name", "")), one("name", "")),
        (
            "multipart/form-data; charset=utf-8; boundary=\"b c\"",
            part("name", "x").replace("--b", "--b c") + "--b c--",
            one("name", "x"),
        ),
        (
            typed,
            "--b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=n\r\n\r\nv\r\n--b--".to_owned(),
            one("n", "v"),
        ),
        (typed, format!("{}--b--", part("a\\\"%22", "x")), one("a\"\"", "x")),
        (typed, "--b--".to_owned(), Some(Vec::new())),
    ];
    for (content_type, body, expected) in table {
        assert_eq!(form(content_type, &body), expected, "{body}");
    }
}

#[test]
fn what_is_no_form_of_texts() {
    let typed = "multipart/form-data; boundary=b";
    let file =
        "--b\r\nContent-Disposition: form-data; name=\"n\"; filename=\"f\"\r\n\r\nx\r\n--b--";
    for (content_type, body) in [
        ("multipart/form-data", part("n", "x") + "--b--"),
        ("multipart/form-data; boundary=", part("n", "x") + "--b--"),
        (typed, String::new()),
        (typed, "n=x".to_owned()),
        (typed, part("n", "x")),
        (typed, part("n", "x") + "--b"),
        (
            typed,
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--".to_owned(),
        ),
        (
            typed,
            "--b\r\nContent-Disposition: form-data; name=\"n\r\n\r\nx\r\n--b--".to_owned(),
        ),
        (typed, "--b\r\n\r\nx\r\n--b--".to_owned()),
        (typed, file.to_owned()),
    ] {
        assert_eq!(form(content_type, &body), None, "{content_type} {body}");
    }
}
