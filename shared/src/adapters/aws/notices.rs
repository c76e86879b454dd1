//! Open and dismissed notices as items of one partition. There are never many.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;

use super::error::Failure;
use super::table::{Item, PK, SK, Sort, Table, key, read, text};
use crate::ports::{self, NoticeStore};
use crate::words::{ConnectorId, Delivery, Notice, NoticeKind};

const NOTICES: &str = "notice";
const TOLD_AT: &str = "told_at";
/// A partition with one item. It is queried like the notices, so no function needs an additional permission.
const DELIVERY: &str = "delivery";

/// Stores the open notices.
#[derive(Clone)]
pub struct Notices {
    table: Table,
}

impl Notices {
    pub(super) fn new(table: Table) -> Self {
        Self { table }
    }

    async fn remove(
        &self,
        connector: &ConnectorId,
        kind: NoticeKind,
        is_over: impl Fn(&Notice) -> bool + Send,
    ) -> Result<(), Failure> {
        let mut over = Vec::new();
        let mut items = self.table.all(NOTICES, Sort::Prefix(&Notice::prefix(connector, kind)), false);
        while let Some(item) = items.try_next().await? {
            let notice = from_item(&item)?;
            over.extend(is_over(&notice).then(|| key(NOTICES, &notice.id)));
        }
        self.table.delete_all(over).await
    }

    async fn set(&self, id: &str, attribute: &str, value: AttributeValue) -> Result<(), Failure> {
        let set = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(key(NOTICES, id)))
            .update_expression(format!("SET {attribute} = :value"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":value", value);
        match set.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Failure::NotFound,
                _ => Failure::service("dynamodb:UpdateItem")(error),
            }),
        }
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
        let is_new = match self.table.put_if(item, "attribute_not_exists(pk)", Item::new()).await {
            Ok(()) => true,
            Err(Failure::Conflict) => false,
            Err(failure) => return Err(failure.into()),
        };
        // If two notices are opened at once, the one with the later `since` stays, in either order of arrival.
        let is_replaced = |other: &Notice| other.id != notice.id && other.since <= notice.since;
        self.remove(&notice.connector, notice.kind, is_replaced).await?;
        Ok(is_new)
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
        Ok(self.set(id, "dismissed", AttributeValue::Bool(true)).await?)
    }

    async fn mark_told(&self, id: &str, at: DateTime<Utc>) -> ports::Result<()> {
        Ok(self.set(id, TOLD_AT, text(&at.to_rfc3339())).await?)
    }

    async fn close(&self, connector: &ConnectorId, kinds: &[NoticeKind]) -> ports::Result<()> {
        for kind in kinds {
            self.remove(connector, *kind, |_| true).await?;
        }
        Ok(())
    }

    async fn record_delivery(&self, delivery: &Delivery) -> ports::Result<()> {
        let body = serde_json::to_string(delivery).map_err(Failure::unreadable("delivery"))?;
        let item = [(PK, DELIVERY), (SK, "mail"), ("body", &body)];
        let item = item.map(|(name, value)| (name.to_owned(), text(value)));
        let put = self.table.client().put_item().table_name(self.table.name()).set_item(Some(Item::from(item)));
        put.send().await.map_err(Failure::service("dynamodb:PutItem"))?;
        Ok(())
    }

    async fn delivery(&self) -> ports::Result<Option<Delivery>> {
        let items = self.table.page(DELIVERY, Sort::After(" "), 1).await?;
        let body = items.first().and_then(|item| read(item, "body"));
        Ok(body.map(|body| serde_json::from_str(body).map_err(Failure::unreadable("delivery"))).transpose()?)
    }
}

fn from_item(item: &Item) -> Result<Notice, Failure> {
    let body = read(item, "body").unwrap_or_default();
    let notice: Notice = serde_json::from_str(body).map_err(Failure::unreadable("notice"))?;
    Ok(Notice { told_at: read(item, TOLD_AT).and_then(|at| at.parse().ok()), ..notice })
}
