//! Connectors as items of one partition, so that they are listed in order; a second item holds each account's place.
//!
//! One partition takes 1,000 writes a second, and a connector is written about once a day.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;

use super::error::Failure;
use super::table::{Item, PK, SK, Sort, Table, key, number, read, text};
use crate::ports::{self, ConnectorStore};
use crate::words::{Connector, ConnectorId};

const CONNECTORS: &str = "connector";
const ACCOUNTS: &str = "account";
const PAGE: i32 = 100;

/// Saved connectors.
#[derive(Clone)]
pub struct Connectors {
    table: Table,
}

impl Connectors {
    pub(super) fn new(table: Table) -> Self {
        Self { table }
    }

    pub(super) async fn read(&self, id: &ConnectorId) -> Result<Connector, Failure> {
        let item = self.table.get(CONNECTORS, &id.0).await?.ok_or(Failure::NotFound)?;
        from_item(&item)
    }

    /// A transaction with it holds only while the connector exists.
    pub(super) fn exists_in_transaction(&self, id: &ConnectorId) -> Result<TransactWriteItem, Failure> {
        self.table.check_in_transaction(key(CONNECTORS, &id.0), "attribute_exists(pk)")
    }
}

#[async_trait]
impl ConnectorStore for Connectors {
    async fn create(&self, connector: &Connector) -> ports::Result<()> {
        let place = Item::from([
            (PK.to_owned(), text(ACCOUNTS)),
            (SK.to_owned(), text(&place(connector))),
            ("connector".to_owned(), text(&connector.id.0)),
        ]);
        let new = |item| self.table.put_in_transaction(item, "attribute_not_exists(pk)", Item::new());
        Ok(self.table.transact(vec![new(to_item(connector)?)?, new(place)?]).await?)
    }

    async fn get(&self, id: &ConnectorId) -> ports::Result<Connector> {
        Ok(self.read(id).await?)
    }

    async fn list(&self, after: Option<&ConnectorId>) -> ports::Result<Vec<Connector>> {
        // Every id is a text that starts behind a space.
        let after = after.map_or(" ", |id| id.0.as_str());
        let page = self.table.page(CONNECTORS, Sort::After(after), PAGE).await?;
        Ok(page.iter().map(from_item).collect::<Result<_, _>>()?)
    }

    async fn update(&self, connector: &Connector) -> ports::Result<Connector> {
        let mut next = connector.clone();
        next.version += 1;
        let read_at = Item::from([(":read_at".to_owned(), number(connector.version))]);
        self.table.put_if(to_item(&next)?, "version = :read_at", read_at).await?;
        Ok(next)
    }

    async fn remove(&self, id: &ConnectorId) -> ports::Result<()> {
        let connector = match self.read(id).await {
            Err(Failure::NotFound) => return Ok(()),
            connector => connector?,
        };
        let own = self.table.delete_in_transaction(key(CONNECTORS, &id.0), None, Item::new())?;
        // Another connector may hold the account's place by now.
        let is_ours = Some("attribute_not_exists(pk) OR connector = :id");
        let values = Item::from([(":id".to_owned(), text(&id.0))]);
        let place = self.table.delete_in_transaction(key(ACCOUNTS, &place(&connector)), is_ours, values)?;
        match self.table.transact(vec![own, place]).await {
            // Somebody else was faster with this connector, and a third has taken the place.
            Err(Failure::Conflict) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

/// Under which an account can be connected once.
fn place(connector: &Connector) -> String {
    format!("{}/{}", connector.provider, connector.place())
}

fn to_item(connector: &Connector) -> Result<Item, Failure> {
    let body = serde_json::to_string(connector).map_err(Failure::unreadable("connector"))?;
    Ok(Item::from([
        (PK.to_owned(), text(CONNECTORS)),
        (SK.to_owned(), text(&connector.id.0)),
        ("version".to_owned(), number(connector.version)),
        ("body".to_owned(), text(&body)),
    ]))
}

fn from_item(item: &Item) -> Result<Connector, Failure> {
    serde_json::from_str(read(item, "body").unwrap_or_default()).map_err(Failure::unreadable("connector"))
}
