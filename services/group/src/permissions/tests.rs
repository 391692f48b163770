use super::*;

fn permission() -> pb::Permission {
    pb::Permission {
        permission_set: "developer".to_owned(),
        project_id: Some(1),
        ..pb::Permission::default()
    }
}

fn categories(names: &[&str]) -> pb::Permission {
    pb::Permission {
        writable_environment_categories: names.iter().copied().map(str::to_owned).collect(),
        ..permission()
    }
}

#[test]
fn permissions_are_read() {
    let everywhere = pb::Permission {
        project_id: None,
        all_projects: true,
        ..permission()
    };
    let both = pb::Permission {
        all_projects: true,
        ..permission()
    };
    let neither = pb::Permission {
        project_id: None,
        ..permission()
    };
    let cases = [
        (permission(), true),
        (everywhere, true),
        (categories(&["all"]), true),
        (categories(&["staging", "staging", "other"]), true),
        (both, false),
        (neither, false),
        (categories(&["all", "staging"]), false),
        (categories(&["moon"]), false),
    ];
    for (permission, is_valid) in cases {
        let told = format!("{permission:?}");
        assert_eq!(read(vec![permission]).is_ok(), is_valid, "{told}");
    }
}

#[test]
fn each_permission_counts_once() {
    let twice = vec![permission(), permission(), categories(&["all"])];
    assert_eq!(read(twice).unwrap().len(), 2);
}

#[test]
fn only_known_sets_are_given() {
    let sets = PermissionSets::default();
    for (set, is_known) in [("developer", true), ("scim_only", false), ("", false)] {
        let permission = pb::Permission {
            permission_set: set.to_owned(),
            ..permission()
        };
        let read = read(vec![permission]).unwrap();
        assert_eq!(read[0].require_known(&sets).is_ok(), is_known, "{set}");
    }
}
