//! Attributes of extensions, and extensions whole.

use serde_json::json;

use super::*;

#[test]
fn extensions() {
    let license = format!("{}:licenseType", license_urn());
    let both =
        json!({"department": "HR", "costCenter": "7", "manager": ann()[ENTERPRISE_URN]["manager"]});
    let merged = Ok(json!({ENTERPRISE_URN: both}));
    let value = json!({"department": "HR", "costCenter": "7"});
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-29 add",
            BOTH,
            vec![add(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: enterprise("HR")})),
        ),
        (
            "R-PATCH-29 replace",
            BOTH,
            vec![replace(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: enterprise("HR")})),
        ),
        (
            "R-PATCH-29 remove",
            BOTH,
            vec![remove(DEPARTMENT)],
            Ok(json!({ENTERPRISE_URN: {"manager": ann()[ENTERPRISE_URN]["manager"]}})),
        ),
        (
            "R-PATCH-29 remove the last",
            BOTH,
            vec![
                remove(DEPARTMENT),
                remove(&format!("{ENTERPRISE_URN}:manager")),
            ],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-29 add to none",
            BOTH,
            vec![remove(ENTERPRISE_URN), add(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: {"department": "HR"}})),
        ),
        (
            "R-PATCH-30 add",
            BOTH,
            vec![add(ENTERPRISE_URN, value.clone())],
            merged.clone(),
        ),
        (
            "R-PATCH-30 replace merges",
            BOTH,
            vec![replace(ENTERPRISE_URN, value.clone())],
            merged.clone(),
        ),
        (
            "R-PATCH-30 pathless",
            BOTH,
            vec![pathless(Op::Replace, json!({ENTERPRISE_URN: value}))],
            merged,
        ),
        (
            "R-PATCH-30 remove",
            BOTH,
            vec![remove(ENTERPRISE_URN)],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-30 replace null",
            BOTH,
            vec![replace(ENTERPRISE_URN, json!(null))],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-30 no object",
            BOTH,
            vec![replace(ENTERPRISE_URN, json!("x"))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-30 unknown in it",
            LENIENT,
            vec![add(ENTERPRISE_URN, json!({"x": 1}))],
            nothing(),
        ),
        (
            "R-PATCH-30 unknown in it",
            STRICT,
            vec![add(ENTERPRISE_URN, json!({"x": 1}))],
            Err(InvalidSyntax),
        ),
        (
            "licence replace",
            BOTH,
            vec![replace(&license, json!("it"))],
            Ok(json!({license_urn(): {"licenseType": "it"}})),
        ),
        (
            "licence remove",
            BOTH,
            vec![remove(&license)],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence replace null",
            BOTH,
            vec![replace(&license, json!(null))],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence replace empty",
            BOTH,
            vec![replace(&license, json!(""))],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence extension",
            LENIENT,
            vec![remove(&license_urn())],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence extension",
            STRICT,
            vec![remove(&license_urn())],
            Ok(json!({license_urn(): null})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}
