//! Seats by licence type, and the licences that sign-ins give by group.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    identity::v1::CountLicensesRequest,
    settings::v1::{
        CreateLicenseMapRequest, DeleteLicenseMapRequest, LicenseMap, LicenseSeats,
        ListLicenseMapsRequest, ReplaceLicenseMapRequest, UpdateLicenseSeatsRequest,
    },
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    page::{Page, answer},
    session::Session,
};
use crate::{
    admin::{fields::invalid, invites::number},
    error::Fault,
    request::Id,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "licenses.html")]
struct LicensesPage {
    page: Page,
    seats: Vec<Seats>,
    maps: Vec<Map>,
    license_types: Vec<String>,
    /// Whether the maps have no effect on users whom SCIM manages (rule 6).
    maps_are_ignored: bool,
}

struct Seats {
    license_type: String,
    /// Empty: without limit.
    total: String,
    in_use: i64,
    is_over: bool,
}

struct Map {
    id: i64,
    license_type: String,
    groups: String,
}

/// `GET /console/licences`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
) -> Result<Response, Fault> {
    view(&gateway, &session).await
}

async fn view(gateway: &Gateway, session: &Session) -> Result<Response, Fault> {
    let (seats, maps) = futures::try_join!(seats(gateway, session), maps(gateway, session))?;
    let configuration = session.configuration();
    let view = LicensesPage {
        page: Page::new(session, "licences", "Licences"),
        seats,
        maps,
        license_types: session.license_types(),
        maps_are_ignored: configuration.enabled && configuration.scim_controlled_license_type,
    };
    answer(view.page.status(), &view)
}

async fn seats(gateway: &Gateway, session: &Session) -> Result<Vec<Seats>, Fault> {
    let request = CountLicensesRequest {
        account_id: session.caller.account_id,
    };
    let mut client = gateway.clients.license.clone();
    let counts = client.count_licenses(request).await?.into_inner().counts;
    let seats = session.caller.account.license_seats.iter().map(|seats| {
        let is_it =
            |count: &&proto::identity::v1::LicenseCount| count.license_type == seats.license_type;
        let in_use = counts.iter().find(is_it).map_or(0, |count| count.in_use);
        Seats {
            license_type: seats.license_type.clone(),
            total: seats
                .total
                .map(|total| total.to_string())
                .unwrap_or_default(),
            in_use,
            is_over: seats.total.is_some_and(|total| in_use > total),
        }
    });
    Ok(seats.collect())
}

async fn maps(gateway: &Gateway, session: &Session) -> Result<Vec<Map>, Fault> {
    let request = ListLicenseMapsRequest {
        account_id: session.caller.account_id,
    };
    let mut client = gateway.clients.account.clone();
    let found = client.list_license_maps(request).await?.into_inner();
    let maps = found.license_maps.into_iter().map(|map| Map {
        id: map.id,
        license_type: map.license_type,
        groups: map.sso_license_mapping_groups.join("\n"),
    });
    Ok(maps.collect())
}

/// `POST /console/licences/seats/{licence type}`: an empty number means without limit.
pub(super) async fn update_seats(
    State(gateway): State<Gateway>,
    Id(license_type): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let total = form.text("total")?;
    let session = form.session;
    let total = match &*total {
        "" => Ok(None),
        text => text.parse().map(Some),
    };
    let written = match total {
        Ok(total) => {
            let request = UpdateLicenseSeatsRequest {
                account_id: session.caller.account_id,
                license_seats: Some(LicenseSeats {
                    license_type,
                    total,
                }),
                actor: Some(session.caller.actor()),
            };
            let mut client = gateway.clients.account.clone();
            let written = client.update_license_seats(request).await;
            written.map(drop).map_err(Fault::from)
        }
        Err(_) => Err(invalid(
            "the number of seats must be a whole number, or empty for no limit",
        )),
    };
    after(written, &gateway, session, "saved").await
}

async fn after(
    result: Result<(), Fault>,
    gateway: &Gateway,
    session: Session,
    done: &str,
) -> Result<Response, Fault> {
    match result {
        Ok(()) => Ok(session.see("/licences", done)),
        Err(fault) => view(gateway, &session.refused(fault)?).await,
    }
}

/// What a form says of a new licence map.
fn read(form: &mut Form) -> Result<LicenseMap, Fault> {
    Ok(LicenseMap {
        account_id: form.session.caller.account_id,
        license_type: form.text("license_type")?,
        sso_license_mapping_groups: form.lines("groups", false)?,
        ..LicenseMap::default()
    })
}

/// `POST /console/licences/maps`.
pub(super) async fn create_map(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let map = read(&mut form)?;
    let session = form.session;
    let request = CreateLicenseMapRequest {
        account_id: session.caller.account_id,
        license_map: Some(map),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let written = client.create_license_map(request).await;
    let written = written.map(drop).map_err(Fault::from);
    after(written, &gateway, session, "created").await
}

/// `POST /console/licences/maps/{id}`.
pub(super) async fn update_map(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let shown_type = form.shown("license_type")?;
    let license_type = form.text("license_type")?;
    let groups = form.changed_lines("groups", false)?;
    let session = form.session;
    let expected = shown_type
        .zip(groups.was)
        .map(|(license_type, groups)| LicenseMap {
            license_type,
            sso_license_mapping_groups: groups,
            ..LicenseMap::default()
        });
    let is_type_new = |read: &LicenseMap| read.license_type != license_type;
    let given = [
        ("license_type", expected.as_ref().is_none_or(is_type_new)),
        ("sso_license_mapping_groups", groups.wanted.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let paths: Vec<String> = given.map(|(name, _)| name.to_owned()).collect();
    if paths.is_empty() {
        return Ok(session.see("/licences", "saved"));
    }
    let request = ReplaceLicenseMapRequest {
        account_id: session.caller.account_id,
        license_map: Some(LicenseMap {
            id: number(&id)?,
            license_type,
            sso_license_mapping_groups: groups.wanted.unwrap_or_default(),
            ..LicenseMap::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths }),
        expected,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let written = client.replace_license_map(request).await;
    let written = written.map(drop).map_err(Fault::from);
    after(written, &gateway, session, "saved").await
}

/// `POST /console/licences/maps/{id}/delete`: asks first.
pub(super) async fn delete_map(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    if !form.is_on("confirmed")? {
        let mut maps = maps(&gateway, &form.session).await?.into_iter();
        let map = maps.find(|map| map.id == id);
        return removal(map.ok_or_else(Fault::not_found)?).ask(&form.session);
    }
    let session = form.session;
    let request = DeleteLicenseMapRequest {
        account_id: session.caller.account_id,
        id,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let deleted = client.delete_license_map(request).await;
    let deleted = deleted.map(drop).map_err(Fault::from);
    after(deleted, &gateway, session, "deleted").await
}

fn removal(map: Map) -> Question {
    Question {
        section: "licences",
        title: "Delete licence map".to_owned(),
        facts: vec![
            ("Licence", Fact::Text(map.license_type)),
            ("Groups", Fact::Text(map.groups.replace('\n', ", "))),
        ],
        effects: vec![
            "From the next sign-in on nobody gets this licence by one of these groups. Whoever has it keeps it until then."
                .to_owned(),
        ],
        action: format!("/licences/maps/{}/delete", map.id),
        cancel: "/licences".to_owned(),
        button: "Delete licence map",
        ..Question::default()
    }
}
