//! Connectors as items of one partition, so that they are listed in order. A second item claims each account.
//!
//! One partition takes 1,000 writes a second. A connector is written about once a day.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;

use super::error::Failure;
use super::table::{Item, PK, SK, Sort, Table, key, number, read, text};
use crate::ports::{self, ConnectorStore};
use crate::words::{Connector, ConnectorId};

const CONNECTORS: &str = "connector";
const ACCOUNTS: &str = "account";
const PAGE: i32 = 100;

/// Stores the saved connectors.
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

    /// A transaction that includes this check commits only while the connector exists.
    pub(super) fn exists_in_transaction(&self, id: &ConnectorId) -> Result<TransactWriteItem, Failure> {
        self.table.check_in_transaction(key(CONNECTORS, &id.0), "attribute_exists(pk)")
    }
}

#[async_trait]
impl ConnectorStore for Connectors {
    async fn create(&self, connector: &Connector) -> ports::Result<()> {
        let account_key = Item::from([
            (PK.to_owned(), text(ACCOUNTS)),
            (SK.to_owned(), text(&account_key(connector))),
            ("connector".to_owned(), text(&connector.id.0)),
        ]);
        let new = |item| self.table.put_in_transaction(item, "attribute_not_exists(pk)", Item::new());
        Ok(self.table.transact(vec![new(to_item(connector)?)?, new(account_key)?]).await?)
    }

    async fn get(&self, id: &ConnectorId) -> ports::Result<Connector> {
        Ok(self.read(id).await?)
    }

    async fn list(&self, after: Option<&ConnectorId>) -> ports::Result<Vec<Connector>> {
        // Every connector ID sorts after a space.
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
        // Another connector may hold the claim on the account already.
        let is_ours = Some("attribute_not_exists(pk) OR connector = :id");
        let values = Item::from([(":id".to_owned(), text(&id.0))]);
        let account_key = self.table.delete_in_transaction(key(ACCOUNTS, &account_key(&connector)), is_ours, values)?;
        match self.table.transact(vec![own, account_key]).await {
            // Another caller removed this connector first, and a third caller has claimed the account.
            Err(Failure::Conflict) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

/// The key of the claim that keeps an account from being connected twice.
fn account_key(connector: &Connector) -> String {
    format!("{}/{}", connector.provider, connector.unique_key())
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
