use proto::identity::v1::ListUsersRequest;

use super::is_look_up;

#[test]
fn look_ups_name_few() {
    let of = |filter: &str| ListUsersRequest {
        filter: filter.to_owned(),
        ..ListUsersRequest::default()
    };
    for filter in [
        "userName eq \"ann\"",
        "USERNAME EQ \"ann\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann\"",
        "externalId eq \"7\"",
        "emails eq \"ann@x.test\"",
        "emails.value eq \"ann@x.test\"",
        "emails[type eq \"work\" and value eq \"ann@x.test\"]",
    ] {
        assert!(is_look_up(&of(filter)), "{filter}");
        let later = ListUsersRequest {
            skip: 1,
            ..of(filter)
        };
        assert!(!is_look_up(&later), "{filter}");
    }
    for filter in [
        "",
        "userName",
        "userName sw \"ann\"",
        "userName ne \"ann\"",
        "not (userName eq \"ann\")",
        "userName eq \"ann\" or userName eq \"bob\"",
        "active eq true",
        "emails.type eq \"work\"",
        "emails[type eq \"work\"]",
        "emails[not (value eq \"ann@x.test\")]",
    ] {
        assert!(!is_look_up(&of(filter)), "{filter}");
    }
}
