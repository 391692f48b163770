//! The calls of `GroupService`.

use proto::{
    group::v1::{self as pb, GroupView},
    protocol::v1::PatchOperation,
};
use tonic::Status;

use super::{ACCOUNT, Service, admin_actor, creation, listing, patching};

impl Service {
    pub(crate) async fn get(&self, id: &str) -> Result<pb::Group, Status> {
        self.get_view(id, GroupView::Full).await
    }

    pub(crate) async fn get_view(&self, id: &str, view: GroupView) -> Result<pb::Group, Status> {
        let request = pb::GetGroupRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            view: view.into(),
        };
        Ok(self.client.clone().get_group(request).await?.into_inner())
    }

    pub(crate) async fn create(
        &self,
        request: pb::CreateGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self
            .client
            .clone()
            .create_group(request)
            .await?
            .into_inner())
    }

    /// A group made over SCIM.
    pub(crate) async fn group(&self, name: &str, members: &[String]) -> pb::Group {
        self.create(creation(name, members)).await.unwrap()
    }

    /// A group made by hand.
    pub(crate) async fn manual_group(&self, name: &str, members: &[String]) -> pb::Group {
        let request = pb::CreateGroupRequest {
            actor: Some(admin_actor()),
            ..creation(name, members)
        };
        self.create(request).await.unwrap()
    }

    pub(crate) async fn replace(
        &self,
        request: pb::ReplaceGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self
            .client
            .clone()
            .replace_group(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn patch(
        &self,
        id: &str,
        operations: Vec<PatchOperation>,
    ) -> Result<pb::Group, Status> {
        self.patch_with(patching(id, operations)).await
    }

    pub(crate) async fn patch_with(
        &self,
        request: pb::PatchGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self.client.clone().patch_group(request).await?.into_inner())
    }

    pub(crate) async fn delete(&self, request: pb::DeleteGroupRequest) -> Result<(), Status> {
        self.client.clone().delete_group(request).await?;
        Ok(())
    }

    pub(crate) async fn list(
        &self,
        request: pb::ListGroupsRequest,
    ) -> Result<pb::ListGroupsResponse, Status> {
        Ok(self.client.clone().list_groups(request).await?.into_inner())
    }

    /// The names of the groups that match, sorted by name.
    pub(crate) async fn matches(&self, filter: &str) -> Result<Vec<String>, Status> {
        let request = pb::ListGroupsRequest {
            filter: filter.to_owned(),
            order_by: "displayName".to_owned(),
            ..listing()
        };
        let response = self.list(request).await?;
        let names = response.groups.into_iter().map(|group| group.display_name);
        Ok(names.collect())
    }
}
