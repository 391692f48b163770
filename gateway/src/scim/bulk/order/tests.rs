use super::*;

/// `needs`, `target` and `mentions`, the resources as numbers: those there before from 100 on.
fn node(needs: &[usize], target: Option<usize>, mentions: &[usize]) -> Node {
    let key = |number: &usize| match number {
        100.. => Key::Existing(number.to_string()),
        _ => Key::Created(*number),
    };
    Node {
        needs: needs.to_vec(),
        target: target.as_ref().map(key),
        mentions: mentions.iter().map(key).collect(),
    }
}

fn post(needs: &[usize]) -> Node {
    node(needs, None, needs)
}

fn flat(nodes: &[Node]) -> Vec<usize> {
    order(nodes).concat()
}

/// R-BULK-07, R-BULK-10.
#[test]
fn the_order_is_that_of_the_request_but_for_references_ahead() {
    assert_eq!(flat(&[post(&[]), post(&[0]), post(&[])]), [0, 1, 2]);
    assert_eq!(flat(&[post(&[2]), post(&[]), post(&[])]), [1, 2, 0]);
    let chain: Vec<_> = (0..1000)
        .map(|n| post(if n < 999 { &[999] } else { &[] }))
        .collect();
    assert_eq!(flat(&chain)[0], 999);
    let chain: Vec<_> = (0..1000)
        .map(|n| if n < 999 { post(&[n + 1]) } else { post(&[]) })
        .collect();
    assert_eq!(flat(&chain), (0..1000).rev().collect::<Vec<_>>());
    assert!(order(&[]).is_empty());
}

/// An operation that waits is not overtaken by those on the same resource: A, B, then A again stays so.
#[test]
fn operations_on_one_resource_keep_their_order() {
    // 0 sets the manager of 100 to what 2 creates, 1 sets it to 200, 3 has nothing to do with it.
    let nodes = [
        node(&[2], Some(100), &[2]),
        node(&[], Some(100), &[200]),
        post(&[]),
        node(&[], Some(300), &[]),
    ];
    assert_eq!(flat(&nodes), [2, 0, 1, 3]);
    // 1 deletes a member that 0 adds.
    let nodes = [
        node(&[2], Some(100), &[2, 200]),
        node(&[], Some(200), &[]),
        post(&[]),
    ];
    assert_eq!(flat(&nodes), [2, 0, 1]);
    // Two writes of what 3 creates.
    let nodes = [
        node(&[3], Some(3), &[]),
        node(&[2, 3], Some(3), &[2]),
        post(&[]),
        post(&[]),
    ];
    assert_eq!(flat(&nodes), [2, 3, 0, 1]);
}

/// A reference wins over the order of the request where both cannot be had.
#[test]
fn references_come_before_order() {
    // 1 refers to 100, which 0 changes to refer to what 1 creates.
    let nodes = [node(&[1], Some(100), &[1]), node(&[], None, &[100])];
    assert_eq!(flat(&nodes), [1, 0]);
}

/// R-BULK-07.
#[test]
fn circles_are_one_unit() {
    let nodes = [
        post(&[1]),
        post(&[2]),
        post(&[0]),
        post(&[3]),
        post(&[0, 5]),
        post(&[]),
    ];
    let expected = [vec![0, 1, 2], vec![3], vec![5], vec![4]];
    assert_eq!(order(&nodes), expected);
    // A circle waits for what is outside of it.
    let nodes = [post(&[1, 3]), post(&[0]), post(&[1]), post(&[])];
    assert_eq!(order(&nodes), [vec![3], vec![0, 1], vec![2]]);
    // The largest there can be.
    let all: Vec<usize> = (0..1000).collect();
    let nodes: Vec<_> = all.iter().map(|n| post(&[(n + 1) % 1000])).collect();
    assert_eq!(order(&nodes), [all]);
}
