use super::*;

fn rule(id: i64, cidr: &str) -> IpRule {
    IpRule {
        id,
        content: Content {
            name: "office".to_owned(),
            allows: true,
            cidrs: vec![cidr.to_owned()],
        },
    }
}

#[test]
fn only_what_differs_is_written() {
    let known = [
        rule(1, "10.0.0.0/8"),
        rule(2, "10.0.0.0/8"),
        rule(3, "::/0"),
    ];
    let wanted = vec![rule(2, "192.0.2.0/24"), rule(0, "::1/128"), rule(3, "::/0")];
    let difference = Difference::between(&known, wanted).expect("the ids are known");
    assert_eq!(difference.added, [rule(0, "::1/128").content]);
    assert_eq!(difference.changed, [rule(2, "192.0.2.0/24")]);
    assert_eq!(difference.removed, [1]);
    assert!(!difference.is_empty());
    let same = Difference::between(&known, known.to_vec()).expect("the ids are known");
    assert!(same.is_empty());
}

#[test]
fn an_id_is_that_of_a_rule_and_there_once() {
    let known = [rule(1, "10.0.0.0/8")];
    for wanted in [
        vec![rule(2, "10.0.0.0/8")],
        vec![rule(-1, "10.0.0.0/8")],
        vec![rule(1, "10.0.0.0/8"), rule(1, "10.0.0.0/8")],
    ] {
        assert!(Difference::between(&known, wanted).is_err());
    }
}
