//! Open notices, and those that somebody has dismissed, as items of one partition: there are never many.

use async_trait::async_trait;
use futures_util::TryStreamExt;

use super::error::Failure;
use super::table::{Item, PK, SK, Sort, Table, key, read, text};
use crate::ports::{self, NoticeStore};
use crate::words::{ConnectorId, Notice};

const NOTICES: &str = "notice";

/// What people still have to be told.
#[derive(Clone)]
pub struct Notices {
    table: Table,
}

impl Notices {
    pub(super) fn new(table: Table) -> Self {
        Self { table }
    }
}

#[async_trait]
impl NoticeStore for Notices {
    async fn open(&self, notice: &Notice) -> ports::Result<bool> {
        let body = serde_json::to_string(notice).map_err(Failure::unreadable("notice"))?;
        let item = Item::from([
            (PK.to_owned(), text(NOTICES)),
            (SK.to_owned(), text(&notice.id)),
            ("body".to_owned(), text(&body)),
        ]);
        match self.table.put_if(item, "attribute_not_exists(pk)", Item::new()).await {
            Ok(()) => Ok(true),
            Err(Failure::Conflict) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn list(&self) -> ports::Result<Vec<Notice>> {
        let mut items = self.table.all(NOTICES, Sort::After(" "), false);
        let mut notices = Vec::new();
        while let Some(item) = items.try_next().await? {
            if !item.contains_key("dismissed") {
                notices.push(from_item(&item)?);
            }
        }
        notices.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
        Ok(notices)
    }

    async fn dismiss(&self, id: &str) -> ports::Result<()> {
        let dismiss = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(key(NOTICES, id)))
            .update_expression("SET dismissed = :yes")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        match dismiss.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Failure::NotFound,
                _ => Failure::service("dynamodb:UpdateItem")(error),
            }
            .into()),
        }
    }

    async fn close(&self, connector: &ConnectorId) -> ports::Result<()> {
        // A notice's id starts with its connector's.
        let mut items = self.table.all(NOTICES, Sort::Prefix(&format!("{connector}.")), false);
        let mut closed = Vec::new();
        while let Some(item) = items.try_next().await? {
            closed.extend(read(&item, SK).map(|id| key(NOTICES, id)));
        }
        Ok(self.table.delete_all(closed).await?)
    }
}

fn from_item(item: &Item) -> Result<Notice, Failure> {
    serde_json::from_str(read(item, "body").unwrap_or_default()).map_err(Failure::unreadable("notice"))
}
