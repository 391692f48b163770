use super::*;

#[test]
fn an_actor_must_be_there_and_of_a_known_kind() {
    let actor = |kind: i32| Actor {
        kind,
        id: "1".to_owned(),
        ..Actor::default()
    };
    assert_eq!(
        required(Some(actor(Kind::Operator.into()))).unwrap(),
        actor(4)
    );
    for missing in [None, Some(actor(0)), Some(actor(99))] {
        let status = required(missing).unwrap_err();
        assert_eq!(error::reason(&status), Some(ErrorReason::InvalidValue));
    }
}
