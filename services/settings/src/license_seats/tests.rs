use super::*;

fn seats(license_type: &str, total: Option<i64>) -> LicenseSeats {
    LicenseSeats {
        license_type: license_type.to_owned(),
        total,
    }
}

fn types() -> Vec<String> {
    ["developer", "it"].map(str::to_owned).to_vec()
}

#[test]
fn a_new_account_has_all_types_without_limit_or_those_given() {
    let all = of_new_account(&types(), Vec::new()).expect("nothing is given");
    assert_eq!(all, [seats("developer", None), seats("it", None)]);
    let given = vec![seats("it", Some(1))];
    let own = of_new_account(&types(), given.clone()).expect("the type is known");
    assert_eq!(own, given);
    for bad in [
        vec![seats("owner", None)],
        vec![seats("IT", None)],
        vec![seats("it", None), seats("it", Some(1))],
        vec![seats("it", Some(-1))],
    ] {
        assert!(of_new_account(&types(), bad).is_err());
    }
}

/// L9: a type that the plan lacks; the error names those it has.
#[test]
fn a_type_must_be_of_the_system_and_of_the_plan() {
    let account = [seats("developer", Some(5)), seats("retired", None)];
    let found = of_type(&types(), &account, "developer").expect("the account has it");
    assert_eq!(found.total, Some(5));
    for missing in ["it", "retired", "Developer", ""] {
        let error = of_type(&types(), &account, missing).expect_err("it lacks the type");
        assert_eq!(error.to_string(), "license_type must be one of developer");
    }
}
