use serde_json::json;

use super::*;

fn resources(keys: &[(&str, Option<&str>)]) -> Vec<Keyed<Map>> {
    let keyed = keys.iter().map(|(id, key)| {
        let resource = Map::from_iter([("id".to_owned(), json!(id))]);
        (key.map(|key| json!(key)), resource)
    });
    keyed.collect()
}

fn ids(merged: &[Keyed<Map>]) -> String {
    merged
        .iter()
        .map(|(_, it)| it["id"].as_str().expect("an id"))
        .collect()
}

/// R-SORT-03: those without value last, first where descending; equals in a fixed order.
#[test]
fn two_orders_make_one() {
    let users = resources(&[("a", Some("a")), ("b", Some("c")), ("c", None)]);
    let groups = resources(&[("1", Some("b")), ("2", Some("c")), ("3", None)]);
    assert_eq!(ids(&merge(users.clone(), groups.clone(), false)), "a1b2c3");
    let reversed = |mut list: Vec<_>| {
        list.reverse();
        list
    };
    assert_eq!(
        ids(&merge(reversed(users.clone()), reversed(groups), true)),
        "c3b21a"
    );
    assert_eq!(ids(&merge(users, Vec::new(), false)), "abc");
}

#[test]
fn keys_are_those_of_the_search_form() {
    let user = ::scim::definitions::user(&Default::default());
    let resource = json!({
        "userName": "ÄNN",
        "active": true,
        "emails": [{"value": "B@x.test"}, {"value": "A@x.test", "primary": true}],
        "meta": {"created": "2024-05-13T06:42:34+02:00", "version": "W/\"10\""},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "m"}},
    });
    let form = search_form(&user, resource.as_object().expect("an object"));
    let table = [
        ("userName", Some(json!("änn"))),
        ("emails", Some(json!("a@x.test"))),
        ("active", Some(json!(true))),
        ("manager", Some(json!("m"))),
        ("meta.version", Some(json!(10))),
        ("title", None),
    ];
    for (path, expected) in table {
        let field = sort_field(path, &user, Dialect::Lenient).expect(path);
        assert_eq!(key(&form, &field), expected, "{path}");
    }
}
