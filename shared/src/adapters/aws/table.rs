//! One DynamoDB table. Pages, unprocessed items and conditions are handled here, so that no adapter can forget them.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, PutRequest, Select,
    TransactWriteItem, WriteRequest,
};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::error::Failure;
use super::store::Store;

pub(super) type Item = HashMap<String, AttributeValue>;
pub(super) type Result<T> = std::result::Result<T, Failure>;

/// The key attributes of every table. `SK` is absent in tables with a partition key only.
pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
/// The time-to-live attribute, in epoch seconds.
pub(super) const EXPIRES_AT: &str = "expires_at";

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const MAX_WRITES: usize = 25;
/// A batch may have 16 MB. Smaller batches make a partial failure cheap.
const MAX_WRITE_BYTES: usize = 4 << 20;
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub(super) const MAX_READS: usize = 100;
/// Rounds in a row without progress before the operation fails. Unprocessed items are retried with growing pauses.
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(25);

#[derive(Clone)]
pub(super) struct Table {
    store: Store,
    name: String,
}

/// A selection within a partition.
pub(super) enum Sort<'a> {
    After(&'a str),
    Prefix(&'a str),
    /// Both bounds are inclusive.
    Between(String, String),
}

impl Table {
    pub(super) fn new(store: Store, name: &str) -> Self {
        Self { store, name: name.to_owned() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn client(&self) -> &aws_sdk_dynamodb::Client {
        self.store.dynamodb()
    }

    /// Strongly consistent.
    pub(super) async fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>> {
        let output = self.client().get_item().table_name(&self.name).set_key(Some(key(pk, sk))).consistent_read(true);
        Ok(output.send().await.map_err(Failure::service("dynamodb:GetItem"))?.item)
    }

    /// Returns `Conflict` if `condition` fails.
    pub(super) async fn put_if(&self, item: Item, condition: &str, values: Item) -> Result<()> {
        let values = Some(values).filter(|values| !values.is_empty());
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let put = self.client().put_item().table_name(&self.name).set_item(Some(item.clone()));
            let put = put.condition_expression(condition).set_expression_attribute_values(values.clone());
            let Err(error) = put.send().await else { return Ok(()) };
            match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => return Err(Failure::Conflict),
                // A transaction holds the item: a segment of the connector is being written.
                Some(refused) if refused.is_transaction_conflict_exception() => {}
                _ => return Err(Failure::service("dynamodb:PutItem")(error)),
            }
        }
        Err(Failure::Throttled { operation: "dynamodb:PutItem", attempts: ATTEMPTS })
    }

    /// Writes all items or none. Returns `Conflict` if one of their conditions fails.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<()> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let wrote = self.client().transact_write_items().set_transact_items(Some(writes.clone()));
            let Err(error) = wrote.send().await else { return Ok(()) };
            let reasons = reasons(&error);
            if reasons.contains(&"ConditionalCheckFailed") {
                return Err(Failure::Conflict);
            }
            // Two transactions on one item cancel each other. The SDK does not retry cancelled transactions, so
            // conflicts and throttling are retried here.
            let passes = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
            if !passes.iter().any(|reason| reasons.contains(reason)) {
                return Err(Failure::service("dynamodb:TransactWriteItems")(error));
            }
        }
        Err(Failure::Throttled { operation: "dynamodb:TransactWriteItems", attempts: ATTEMPTS })
    }

    pub(super) fn put_in_transaction(&self, item: Item, condition: &str, values: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).condition_expression(condition);
        let values = Some(values).filter(|values| !values.is_empty());
        let put = put.set_expression_attribute_values(values).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Replaces the item without a condition.
    pub(super) fn replace_in_transaction(&self, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The transaction commits only if the item of `key` meets the condition.
    pub(super) fn check_in_transaction(&self, key: Item, condition: &str) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder().table_name(&self.name).set_key(Some(key));
        let check = check.condition_expression(condition).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    pub(super) fn delete_in_transaction(
        &self,
        key: Item,
        condition: Option<&str>,
        values: Item,
    ) -> Result<TransactWriteItem> {
        let delete = Delete::builder().table_name(&self.name).set_key(Some(key));
        let values = Some(values).filter(|values| !values.is_empty());
        let delete = delete.set_condition_expression(condition.map(str::to_owned));
        let delete = delete.set_expression_attribute_values(values).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// At most one page, ordered by sort key.
    pub(super) async fn page(&self, pk: &str, sort: Sort<'_>, limit: i32) -> Result<Vec<Item>> {
        let page = self.query(pk, sort, false).limit(limit).send().await;
        Ok(page.map_err(Failure::service("dynamodb:Query"))?.items.unwrap_or_default())
    }

    /// All pages. Strongly consistent.
    pub(super) fn all(&self, pk: &str, sort: Sort<'_>, newest_first: bool) -> BoxStream<'static, Result<Item>> {
        let mut items = self.query(pk, sort, newest_first).into_paginator().items().send();
        let all = async_stream::stream! {
            while let Some(item) = items.next().await {
                yield item.map_err(Failure::service("dynamodb:Query"));
            }
        };
        all.boxed()
    }

    fn query(&self, pk: &str, sort: Sort<'_>, newest_first: bool) -> QueryFluentBuilder {
        let query = self
            .client()
            .query()
            .table_name(&self.name)
            .expression_attribute_values(":pk", text(pk))
            .consistent_read(true)
            .select(Select::AllAttributes)
            .scan_index_forward(!newest_first);
        match sort {
            Sort::After(after) => query
                .key_condition_expression("pk = :pk AND sk > :after")
                .expression_attribute_values(":after", text(after)),
            Sort::Prefix(prefix) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix)),
            Sort::Between(from, to) => query
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":from", text(&from))
                .expression_attribute_values(":to", text(&to)),
        }
    }

    /// At most [`MAX_READS`] items, unordered; missing items are omitted.
    pub(super) async fn get_all(&self, keys: Vec<Item>, consistent: bool) -> Result<Vec<Item>> {
        let mut items_read = Vec::with_capacity(keys.len());
        let mut left = keys;
        let mut idle = 0;
        while !left.is_empty() {
            let requested = left.len();
            pause(idle).await;
            let ask = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(consistent).build();
            let ask = ask.map_err(incomplete)?;
            let output = self.client().batch_get_item().request_items(&self.name, ask).send().await;
            let output = output.map_err(Failure::service("dynamodb:BatchGetItem"))?;
            items_read.extend(output.responses.into_iter().flatten().flat_map(|(_, items)| items));
            left = output.unprocessed_keys.into_iter().flatten().flat_map(|(_, rest)| rest.keys).collect();
            idle = next_idle(idle, left.len() < requested, "dynamodb:BatchGetItem")?;
        }
        Ok(items_read)
    }

    /// Puts any number of items, each below DynamoDB's size limit.
    pub(super) async fn put_all(&self, items: Vec<Item>) -> Result<()> {
        let puts = items.into_iter().filter_map(|item| {
            let size_bytes = size_bytes(&item);
            let put = PutRequest::builder().set_item(Some(item)).build().ok()?;
            Some((size_bytes, WriteRequest::builder().put_request(put).build()))
        });
        self.write_all(puts).await
    }

    pub(super) async fn delete_all(&self, keys: Vec<Item>) -> Result<()> {
        let deletes = keys.into_iter().filter_map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
            Some((0, WriteRequest::builder().delete_request(delete).build()))
        });
        self.write_all(deletes).await
    }

    async fn write_all(&self, writes: impl Iterator<Item = (usize, WriteRequest)>) -> Result<()> {
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        for (size_bytes, write) in writes {
            if batch.len() == MAX_WRITES || (batch_bytes + size_bytes > MAX_WRITE_BYTES && !batch.is_empty()) {
                self.write(std::mem::take(&mut batch)).await?;
                batch_bytes = 0;
            }
            batch_bytes += size_bytes;
            batch.push(write);
        }
        self.write(batch).await
    }

    async fn write(&self, batch: Vec<WriteRequest>) -> Result<()> {
        let mut left = batch;
        let mut idle = 0;
        while !left.is_empty() {
            let requested = left.len();
            pause(idle).await;
            let wrote = self.client().batch_write_item().request_items(&self.name, left).send().await;
            let wrote = wrote.map_err(Failure::service("dynamodb:BatchWriteItem"))?;
            left = wrote.unprocessed_items.into_iter().flatten().flat_map(|(_, writes)| writes).collect();
            idle = next_idle(idle, left.len() < requested, "dynamodb:BatchWriteItem")?;
        }
        Ok(())
    }
}

/// Counts the rounds in a row without progress.
fn next_idle(idle: u32, has_progress: bool, operation: &'static str) -> Result<u32> {
    match (has_progress, idle + 1) {
        (true, _) => Ok(0),
        (false, ATTEMPTS) => Err(Failure::Throttled { operation, attempts: ATTEMPTS }),
        (false, idle) => Ok(idle),
    }
}

/// Reasons why a transaction was cancelled, one per item.
fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
    }
}

fn incomplete(error: BuildError) -> Failure {
    Failure::Damaged(error.to_string())
}

/// Does not pause after a round with progress.
pub(super) async fn pause(idle: u32) {
    if idle > 0 {
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(idle)).await;
    }
}

pub(super) fn key(pk: &str, sk: &str) -> Item {
    HashMap::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The text of an attribute; `None` if it is absent or of another type.
pub(super) fn read<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name)? {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
        _ => None,
    }
}

/// The size that DynamoDB charges for texts, numbers and bytes: names and values.
pub(super) fn size_bytes(item: &Item) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 1,
    };
    item.iter().map(|(name, attribute)| name.len() + value(attribute)).sum()
}

/// A unique name.
pub(super) fn random_name() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Damaged(format!("the operating system returned no random bytes: {error}")))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
