use proto::settings::v1 as pb;
use settings::{
    CreateAccount, Created, UpdateAccount, create_account, list_accounts, update_account,
};

use crate::app::App;

fn acme(plan: &str, enable_scim: bool) -> CreateAccount {
    CreateAccount {
        id: 1,
        name: "Acme".to_owned(),
        plan: plan.to_owned(),
        license_types: Vec::new(),
        enable_scim,
    }
}

#[tokio::test]
async fn an_account_is_created_once() {
    let mut app = App::start().await;
    let created = create_account(app.config.clone(), acme("enterprise_plus", false)).await;
    assert_eq!(created.unwrap(), Created::New);
    let account = app.get(1).await.unwrap();
    assert_eq!(account.plan(), pb::Plan::EnterprisePlus);
    assert!(!account.scim_configuration.unwrap().enabled);

    let again = create_account(app.config.clone(), acme("team", false)).await;
    assert_eq!(again.unwrap(), Created::Existing);
    assert_eq!(app.get(1).await.unwrap(), account);
    let changes = app.changes().await;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].actor_kind, "KIND_OPERATOR");
}

#[tokio::test]
async fn scim_is_switched_on_if_asked_for_also_later() {
    let mut app = App::start().await;
    for enable_scim in [false, true, true] {
        let command = acme("enterprise", enable_scim);
        create_account(app.config.clone(), command).await.unwrap();
        let account = app.get(1).await.unwrap();
        assert_eq!(account.scim_configuration.unwrap().enabled, enable_scim);
    }
    assert_eq!(app.changes().await.len(), 2);
}

#[tokio::test]
async fn a_plan_without_scim_is_an_error() {
    let app = App::start().await;
    let error = create_account(app.config.clone(), acme("team", true)).await;
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "the account's plan does not include SCIM");
}

/// L9: a plan may lack a licence type.
#[tokio::test]
async fn an_account_may_have_fewer_licence_types() {
    let mut app = App::start().await;
    let command = CreateAccount {
        license_types: ["developer", "it"].map(str::to_owned).to_vec(),
        ..acme("enterprise", false)
    };
    create_account(app.config.clone(), command).await.unwrap();
    let seats = app.get(1).await.unwrap().license_seats;
    let types: Vec<_> = seats.iter().map(|one| one.license_type.as_str()).collect();
    assert_eq!(types, ["developer", "it"]);
    let command = CreateAccount {
        id: 2,
        license_types: vec!["owner".to_owned()],
        ..acme("enterprise", false)
    };
    let error = create_account(app.config.clone(), command).await;
    assert!(error.unwrap_err().to_string().contains("license_type"));
}

/// Rule 2: the operator changes what an account has bought, and sees which accounts there are.
#[tokio::test]
async fn an_account_is_renamed_and_its_plan_changed() {
    let app = App::start().await;
    let created = create_account(app.config.clone(), acme("enterprise", true)).await;
    created.unwrap();
    let update = UpdateAccount {
        id: 1,
        name: Some("Emca".to_owned()),
        plan: None,
    };
    let renamed = update_account(app.config.clone(), update.clone()).await;
    assert!(renamed.unwrap().scim_configuration.unwrap().enabled);
    let lowered = UpdateAccount {
        name: None,
        plan: Some("team".to_owned()),
        ..update.clone()
    };
    let lines = list_accounts(app.config.clone()).await.unwrap();
    assert_eq!(lines, ["1\tenterprise\tscim\tEmca"]);
    update_account(app.config.clone(), lowered).await.unwrap();
    let lines = list_accounts(app.config.clone()).await.unwrap();
    assert_eq!(lines, ["1\tteam\t-\tEmca"]);
    let unknown = UpdateAccount { id: 2, ..update };
    let error = update_account(app.config.clone(), unknown).await;
    assert_eq!(error.unwrap_err().to_string(), "there is no such account");
    let changes = app.changes().await;
    assert_eq!(changes[2].actor_name, "settings update-account");
}

/// What was stored before names were checked prints no line of its own, and keeps nobody from changing the rest.
#[tokio::test]
async fn a_strange_name_of_old_is_one_line_of_the_list() {
    let app = App::start().await;
    let created = create_account(app.config.clone(), acme("enterprise", false)).await;
    created.unwrap();
    app.sql("UPDATE accounts SET name = E'Acme\\r\\n2\\tteam\\x1b[31m' || U&'\\202e\\2028'")
        .await;
    let shown = r"Acme\u{d}\u{a}2\u{9}team\u{1b}[31m\u{202e}\u{2028}";
    let lines = list_accounts(app.config.clone()).await.unwrap();
    assert_eq!(lines, [format!("1\tenterprise\t-\t{shown}")]);
    let update = UpdateAccount {
        id: 1,
        name: None,
        plan: Some("team".to_owned()),
    };
    update_account(app.config.clone(), update).await.unwrap();
    let lines = list_accounts(app.config.clone()).await.unwrap();
    assert_eq!(lines, [format!("1\tteam\t-\t{shown}")]);
}
