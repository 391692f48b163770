//! An identity service in memory, of which the tests are master.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures::Stream;
use proto::{
    identity::v1::{
        self as pb,
        identity_service_server::{IdentityService, IdentityServiceServer},
        invitation_service_server::InvitationServiceServer,
        license_service_server::LicenseServiceServer,
    },
    protocol::v1::{Change, ErrorReason},
};
use tokio::sync::{Notify, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::harness::{ACCOUNT, scim_actor};

mod invitations;
mod licenses;

#[derive(Clone)]
pub(crate) struct Identity(Arc<State>);

struct State {
    users: Mutex<BTreeMap<(i64, String), pb::User>>,
    log: watch::Sender<Vec<Change>>,
    away: AtomicBool,
    /// How often `BatchGetUsers` was called.
    calls: AtomicUsize,
    /// Whether `BatchGetUsers` or `UpdateAdministrators` waits before it answers.
    held: AtomicBool,
    holding: Notify,
    go_on: Notify,
    /// Those without a licence in use.
    unlicensed: Mutex<BTreeSet<String>>,
    /// How often `BatchCheckLicenses` was called.
    checks: AtomicUsize,
    /// The users of each `RenewExpiredInvitations`.
    renewed: Mutex<Vec<String>>,
    /// Those marked as administrators.
    administrators: Mutex<BTreeSet<(i64, String)>>,
    /// How often `UpdateAdministrators` was called.
    updates: AtomicUsize,
}

impl Identity {
    pub(crate) fn new() -> Identity {
        Identity(Arc::new(State {
            users: Mutex::default(),
            log: watch::Sender::new(Vec::new()),
            away: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            held: AtomicBool::new(false),
            holding: Notify::new(),
            go_on: Notify::new(),
            unlicensed: Mutex::default(),
            checks: AtomicUsize::new(0),
            renewed: Mutex::default(),
            administrators: Mutex::default(),
            updates: AtomicUsize::new(0),
        }))
    }

    pub(crate) async fn spawn(&self) -> testkit::Running {
        let server = IdentityServiceServer::new(self.clone())
            .max_decoding_message_size(64 << 20)
            .max_encoding_message_size(64 << 20);
        let licenses = LicenseServiceServer::new(self.clone());
        let invitations = InvitationServiceServer::new(self.clone());
        testkit::spawn(|listener, shutdown| async move {
            let services = chassis::server::Services::new(proto::DESCRIPTORS)
                .add(server)
                .add(licenses)
                .add(invitations);
            chassis::server::serve(listener, services, || async { true }, shutdown).await
        })
        .await
    }

    /// Creates a user of that user name, without a display name.
    pub(crate) fn add(&self, account_id: i64, user_name: &str) -> String {
        self.add_named(account_id, user_name, "")
    }

    pub(crate) fn add_named(&self, account_id: i64, user_name: &str, display_name: &str) -> String {
        let id = Uuid::now_v7().to_string();
        let user = pb::User {
            id: id.clone(),
            account_id,
            user_name: user_name.to_owned(),
            display_name: display_name.to_owned(),
            ..pb::User::default()
        };
        self.0
            .users
            .lock()
            .unwrap()
            .insert((account_id, id.clone()), user);
        self.log(account_id, "user.created", &id);
        id
    }

    pub(crate) fn delete(&self, account_id: i64, id: &str) {
        let key = (account_id, id.to_owned());
        self.0.users.lock().unwrap().remove(&key);
        self.log(account_id, "user.deleted", id);
    }

    /// Changes a user, and logs it as a change of that kind.
    pub(crate) fn change(&self, id: &str, kind: &str, change: impl FnOnce(&mut pb::User)) {
        let key = (ACCOUNT, id.to_owned());
        change(self.0.users.lock().unwrap().get_mut(&key).unwrap());
        self.log(ACCOUNT, kind, id);
    }

    pub(crate) fn set_active(&self, id: &str, active: bool) {
        let kind = if active {
            "user.activated"
        } else {
            "user.deactivated"
        };
        self.change(id, kind, |user| user.active = Some(active));
    }

    /// Deletes a user, of which the change log says nothing yet.
    pub(crate) fn vanish(&self, id: &str) {
        let key = (ACCOUNT, id.to_owned());
        self.0.users.lock().unwrap().remove(&key);
    }

    /// Activates or deactivates a user, of which the change log says nothing yet.
    pub(crate) fn switch(&self, id: &str, active: bool) {
        let key = (ACCOUNT, id.to_owned());
        let mut users = self.0.users.lock().unwrap();
        users.get_mut(&key).unwrap().active = Some(active);
    }

    /// As a SCIM write does.
    pub(crate) fn link(&self, id: &str) {
        self.change(id, "user.linked", |user| user.scim_managed = true);
    }

    /// The sequence of the last change.
    pub(crate) fn last(&self) -> i64 {
        self.0.log.borrow().len().try_into().unwrap()
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Makes the next `BatchGetUsers` wait between reading and answering, or the next `UpdateAdministrators`
    /// before it acts, until `release`.
    pub(crate) fn hold(&self) {
        self.0.held.store(true, Ordering::SeqCst);
    }

    /// Completes when such a call waits.
    pub(crate) async fn held(&self) {
        self.0.holding.notified().await;
    }

    pub(crate) fn release(&self) {
        self.0.go_on.notify_one();
    }

    fn log(&self, account_id: i64, kind: &str, id: &str) {
        self.0.log.send_modify(|log| {
            log.push(Change {
                sequence: i64::try_from(log.len()).unwrap() + 1,
                account_id,
                id: Uuid::now_v7().to_string(),
                kind: kind.to_owned(),
                actor: Some(scim_actor()),
                resource_id: id.to_owned(),
                ..Change::default()
            });
        });
    }

    async fn wait_if_held(&self) {
        if self.0.held.swap(false, Ordering::SeqCst) {
            self.0.holding.notify_one();
            self.0.go_on.notified().await;
        }
    }

    fn answers(&self) -> Result<(), Status> {
        if self.0.away.load(Ordering::SeqCst) {
            return Err(proto::error::status(
                ErrorReason::DependencyUnavailable,
                "away",
            ));
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl IdentityService for Identity {
    type WatchChangesStream = Pin<Box<dyn Stream<Item = Result<Change, Status>> + Send>>;

    async fn batch_get_users(
        &self,
        request: Request<pb::BatchGetUsersRequest>,
    ) -> Result<Response<pb::BatchGetUsersResponse>, Status> {
        self.answers()?;
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let request = request.into_inner();
        assert_eq!(request.view(), pb::UserView::Reference);
        assert!(request.ids.len() <= 10_000);
        let users = {
            let users = self.0.users.lock().unwrap();
            let ids = request.ids.into_iter();
            ids.filter_map(|id| users.get(&(request.account_id, id)).cloned())
                .collect()
        };
        self.wait_if_held().await;
        Ok(Response::new(pb::BatchGetUsersResponse {
            users,
            left_ids: Vec::new(),
        }))
    }

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        self.answers()?;
        let mut sent = usize::try_from(request.into_inner().after_sequence).unwrap();
        let mut log = self.0.log.subscribe();
        let (sender, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let new: Vec<Change> = log.borrow_and_update()[sent..].to_vec();
                sent += new.len();
                for change in new {
                    if sender.send(Ok(change)).await.is_err() {
                        return;
                    }
                }
                tokio::select! {
                    changed = log.changed() => if changed.is_err() { return },
                    () = sender.closed() => return,
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn get_user(&self, _: Request<pb::GetUserRequest>) -> Result<Response<pb::User>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn list_users(
        &self,
        _: Request<pb::ListUsersRequest>,
    ) -> Result<Response<pb::ListUsersResponse>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn batch_list_users(
        &self,
        _: Request<pb::BatchListUsersRequest>,
    ) -> Result<Response<pb::BatchListUsersResponse>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn create_user(
        &self,
        _: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn replace_user(
        &self,
        _: Request<pb::ReplaceUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn patch_user(
        &self,
        _: Request<pb::PatchUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        unreachable!("the group service does not call this")
    }

    async fn delete_user(&self, _: Request<pb::DeleteUserRequest>) -> Result<Response<()>, Status> {
        unreachable!("the group service does not call this")
    }
}
