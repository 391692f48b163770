use proto::protocol::v1::Actor;
use uuid::Uuid;

use super::*;

fn entry<'a>(actor: &'a Actor, name: Name<'a>, details: Details<'a>) -> New<'a> {
    New::from(Entry {
        account_id: 1,
        kind: "k",
        resource_id: "r",
        name,
        changed_attributes: &[],
        details,
        actor,
    })
}

/// However many join, a row has a bounded size and says how many they were.
#[test]
fn of_many_members_the_first_are_kept() {
    let ids: Vec<Uuid> = (0..10_000).map(|_| Uuid::now_v7()).collect();
    let actor = Actor::default();
    let details = Details {
        joined: &ids,
        left: &ids[..7],
        ..Details::default()
    };
    let row = entry(&actor, Name::default(), details);
    assert_eq!(row.members_joined, Some(&ids[..1000]));
    assert_eq!(row.members_joined_count, Some(10_000));
    assert_eq!(row.members_left, Some(&ids[..7]));
    assert_eq!(row.members_left_count, Some(7));
    let row = entry(&actor, Name::default(), Details::default());
    assert_eq!((row.members_joined, row.members_joined_count), (None, None));
    assert_eq!((row.members_left, row.members_left_count), (None, None));
    assert_eq!(row.changed_values, None);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let actor = Actor::default();
    for letter in ["x", "é", "ß", "ΐ", "🦀"] {
        let name = letter.repeat(3000);
        let row = entry(&actor, Name::from(&*name), Details::default());
        assert_eq!(row.resource_name, letter.repeat(2000));
        assert!(row.resource_name_key.len() <= 2000);
        assert!(row.resource_name_key.len() > 1990);
        let value = |length: usize| {
            let new = Value::new("a", None, Some(letter.repeat(length))).new;
            new.unwrap()
        };
        assert_eq!(value(1000), letter.repeat(1000));
        assert_eq!(value(1001), format!("{}…", letter.repeat(999)));
    }
}
