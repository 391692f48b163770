//! What hangs on an account: licence seats and maps, IP rules and the webhook.

use diesel_async::AsyncConnection;
use proto::{
    actor,
    protocol::v1::Actor,
    settings::v1::{self as pb, account_service_server::AccountService},
};
use storage::{
    changes::{self, Entry},
    postgres::Connection,
};
use tonic::{Request, Response, Status};

use super::{Service, record, required};
use crate::{
    accounts::{self, Account},
    changed::Changed,
    error::Error,
    ip_rules,
    license_maps::{self, Content, LicenseMap},
    license_seats::{self, LicenseSeats},
    mask::Mask,
    webhooks, wire,
};

#[tonic::async_trait]
impl AccountService for Service {
    async fn update_license_seats(
        &self,
        request: Request<pb::UpdateLicenseSeatsRequest>,
    ) -> Result<Response<pb::LicenseSeats>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = LicenseSeats::from(required(request.license_seats, "license_seats")?);
        license_seats::check_total(&wanted)?;
        let mut connection = self.connect().await?;
        connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let seats = self.seats_of(&account, &wanted.license_type)?;
                if *seats == wanted {
                    return Ok(());
                }
                let total = |seats: &LicenseSeats| seats.total.map(|total| total.to_string());
                let mut changed = Changed::default();
                changed.push("total", total(seats), total(&wanted));
                license_seats::update(connection, account_id, &wanted).await?;
                let entry = Entry {
                    account_id,
                    kind: "license_seats.changed",
                    resource_id: &wanted.license_type,
                    name: wanted.license_type.as_str().into(),
                    changed_attributes: &changed.names,
                    details: changed.details(),
                    actor: &actor,
                };
                finish(connection, entry).await
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(wanted.into()))
    }

    async fn list_license_maps(
        &self,
        request: Request<pb::ListLicenseMapsRequest>,
    ) -> Result<Response<pb::ListLicenseMapsResponse>, Status> {
        let account = self.read(request.into_inner().account_id).await?;
        Ok(Response::new(pb::ListLicenseMapsResponse {
            license_maps: wire::account(account).license_maps,
        }))
    }

    async fn create_license_map(
        &self,
        request: Request<pb::CreateLicenseMapRequest>,
    ) -> Result<Response<pb::LicenseMap>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let content = Content::read(required(request.license_map, "license_map")?)?;
        let mut connection = self.connect().await?;
        let map = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                self.seats_of(&account, content.license_type())?;
                content.check_sole(&account.license_maps, None)?;
                let map = license_maps::insert(connection, account_id, &content).await?;
                let changed = content.changes(None);
                let kind = "license_map.created";
                record_map(connection, account_id, kind, &map, &changed, &actor).await?;
                Ok::<_, Error>(map)
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(wire::license_map(account_id, map)))
    }

    async fn replace_license_map(
        &self,
        request: Request<pb::ReplaceLicenseMapRequest>,
    ) -> Result<Response<pb::LicenseMap>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = required(request.license_map, "license_map")?;
        let mask = Mask::read(request.update_mask, Content::FIELDS)?;
        let id = wanted.id;
        let mut connection = self.connect().await?;
        let map = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let mut maps = account.license_maps.iter();
                let map = maps.find(|map| map.id == id);
                let map = map.ok_or(Error::LicenseMapNotFound)?;
                if request.expected.is_some_and(|read| !map.is_as(read, &mask)) {
                    return Err(Error::EtagMismatch);
                }
                let content = Content::read(map.with(wanted, &mask))?;
                let changed = content.changes(Some(map));
                self.seats_of(&account, content.license_type())?;
                if changed.is_empty() {
                    return Ok(map.clone());
                }
                content.check_sole(&account.license_maps, Some(id))?;
                let map = license_maps::update(connection, account_id, id, &content).await?;
                let kind = "license_map.updated";
                record_map(connection, account_id, kind, &map, &changed, &actor).await?;
                Ok::<_, Error>(map)
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(wire::license_map(account_id, map)))
    }

    async fn delete_license_map(
        &self,
        request: Request<pb::DeleteLicenseMapRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let mut connection = self.connect().await?;
        connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let mut maps = account.license_maps.iter();
                let map = maps.find(|map| map.id == request.id);
                let map = map.ok_or(Error::LicenseMapNotFound)?;
                license_maps::delete(connection, account_id, request.id).await?;
                let (kind, changed) = ("license_map.deleted", Changed::default());
                record_map(connection, account_id, kind, map, &changed, &actor).await
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(()))
    }

    async fn get_ip_restrictions(
        &self,
        request: Request<pb::GetIpRestrictionsRequest>,
    ) -> Result<Response<pb::IpRestrictions>, Status> {
        let account = self.read(request.into_inner().account_id).await?;
        Ok(Response::new(wire::ip_restrictions(&account)))
    }

    async fn replace_ip_restrictions(
        &self,
        request: Request<pb::ReplaceIpRestrictionsRequest>,
    ) -> Result<Response<pb::IpRestrictions>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = required(request.ip_restrictions, "ip_restrictions")?;
        let enabled = wanted.enabled;
        let wanted = ip_rules::read(wanted.rules)?;
        let mut connection = self.connect().await?;
        let account = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let difference = ip_rules::Difference::between(&account.ip_rules, wanted)?;
                let changed = difference.changes(&account, enabled);
                if changed.is_empty() {
                    return Ok(account);
                }
                ip_rules::write(connection, account_id, &difference).await?;
                accounts::update_ip_restrictions_enabled(connection, account_id, enabled).await?;
                let kind = "ip_restrictions.changed";
                let named = (account_id, &*account.name);
                record(connection, named, kind, &changed, &actor).await?;
                let before = account;
                let account = accounts::find(connection, account_id).await?;
                if !request.confirm {
                    ip_rules::check_admits(&before, &account, &actor)?;
                }
                Ok::<_, Error>(account)
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(wire::ip_restrictions(&account)))
    }

    async fn update_ip_restrictions_enabled(
        &self,
        request: Request<pb::UpdateIpRestrictionsEnabledRequest>,
    ) -> Result<Response<pb::IpRestrictions>, Status> {
        let set = self.enable_ip_restrictions(request.into_inner()).await?;
        Ok(Response::new(set))
    }

    async fn create_ip_rule(
        &self,
        request: Request<pb::CreateIpRuleRequest>,
    ) -> Result<Response<pb::IpRuleInSet>, Status> {
        Ok(Response::new(self.add_ip_rule(request.into_inner()).await?))
    }

    async fn update_ip_rule(
        &self,
        request: Request<pb::UpdateIpRuleRequest>,
    ) -> Result<Response<pb::IpRuleInSet>, Status> {
        let rule = self.write_ip_rule(request.into_inner()).await?;
        Ok(Response::new(rule))
    }

    async fn delete_ip_rule(
        &self,
        request: Request<pb::DeleteIpRuleRequest>,
    ) -> Result<Response<()>, Status> {
        self.remove_ip_rule(request.into_inner()).await?;
        Ok(Response::new(()))
    }

    async fn get_webhook(
        &self,
        request: Request<pb::GetWebhookRequest>,
    ) -> Result<Response<pb::Webhook>, Status> {
        let request = request.into_inner();
        let mut connection = self.connect().await?;
        let webhook = webhooks::find(&mut connection, request.account_id)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(wire::webhook(webhook, request.with_secret)))
    }

    async fn replace_webhook(
        &self,
        request: Request<pb::ReplaceWebhookRequest>,
    ) -> Result<Response<pb::Webhook>, Status> {
        let webhook = self.write_webhook(request.into_inner()).await?;
        Ok(Response::new(webhook))
    }

    async fn rotate_webhook_secret(
        &self,
        request: Request<pb::RotateWebhookSecretRequest>,
    ) -> Result<Response<pb::Webhook>, Status> {
        let webhook = self.rotate_secret(request.into_inner()).await?;
        Ok(Response::new(webhook))
    }
}

impl Service {
    async fn read(&self, account_id: i64) -> Result<Account, Error> {
        let mut connection = self.connect().await?;
        Ok(accounts::find(&mut connection, account_id).await?)
    }

    fn seats_of<'a>(
        &self,
        account: &'a Account,
        license_type: &str,
    ) -> Result<&'a LicenseSeats, Error> {
        license_seats::of_type(&self.license_types, &account.license_seats, license_type)
    }
}

async fn record_map(
    connection: &mut Connection,
    account_id: i64,
    kind: &str,
    map: &LicenseMap,
    changed: &Changed,
    actor: &Actor,
) -> Result<(), Error> {
    let entry = Entry {
        account_id,
        kind,
        resource_id: &map.id.to_string(),
        name: map.license_type.as_str().into(),
        changed_attributes: &changed.names,
        details: changed.details(),
        actor,
    };
    finish(connection, entry).await
}

/// Ends the change of something that hangs on an account.
pub(super) async fn finish(connection: &mut Connection, entry: Entry<'_>) -> Result<(), Error> {
    accounts::touch(connection, entry.account_id).await?;
    Ok(changes::record(connection, entry).await?)
}
