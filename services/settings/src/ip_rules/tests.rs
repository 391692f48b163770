use super::*;

fn rule(id: i64, cidr: &str) -> IpRule {
    IpRule {
        id,
        content: Content {
            name: "office".to_owned(),
            allows: true,
            cidrs: vec![cidr.to_owned()],
            description: String::new(),
        },
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn wanted(id: i64, cidr: &str) -> (i64, Content) {
    (id, rule(id, cidr).content)
}

#[test]
fn only_what_differs_is_written() {
    let known = [
        rule(1, "10.0.0.0/8"),
        rule(2, "10.0.0.0/8"),
        rule(3, "::/0"),
    ];
    let all = vec![
        wanted(2, "192.0.2.0/24"),
        wanted(0, "::1/128"),
        wanted(3, "::/0"),
    ];
    let difference = Difference::between(&known, all).expect("the ids are known");
    assert_eq!(difference.added, [rule(0, "::1/128").content]);
    assert_eq!(difference.changed, [wanted(2, "192.0.2.0/24")]);
    assert_eq!(difference.removed, [1]);
    assert!(!difference.is_empty());
    let same = known.iter().map(|rule| (rule.id, rule.content.clone()));
    let same = same.collect();
    let same = Difference::between(&known, same).expect("the ids are known");
    assert!(same.is_empty());
}

#[test]
fn an_id_is_that_of_a_rule_and_there_once() {
    let known = [rule(1, "10.0.0.0/8")];
    for all in [
        vec![wanted(2, "10.0.0.0/8")],
        vec![wanted(-1, "10.0.0.0/8")],
        vec![wanted(1, "10.0.0.0/8"), wanted(1, "10.0.0.0/8")],
    ] {
        assert!(Difference::between(&known, all).is_err());
    }
}
