//! Reads the mapping file as it is stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::Error;
use crate::identities::write_csv;
use crate::ports::Identities;
use crate::query::PageRequest;
use crate::words::MappedPerson;

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MappingQuery {
    /// `csv` returns the whole file, as does the header `Accept: text/csv`.
    #[param(inline)]
    pub format: Option<MappingFormat>,
    /// For JSON: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// For JSON: people per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingFormat {
    Json,
    Csv,
}

/// People of the mapping file, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MappingPage {
    pub people: Vec<MappedPerson>,
    pub total: usize,
    /// Increases with every change of the mapping file or of a link.
    pub version: u64,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

#[derive(Clone)]
pub struct ReadMapping {
    pub identities: Arc<dyn Identities>,
}

impl ReadMapping {
    pub async fn run(&self, query: MappingQuery) -> Result<MappingPage, Error> {
        let links = self.identities.links().await?;
        // A place in the file means nothing in another file.
        let page = PageRequest::of(&("mapping", links.version), query.cursor, query.limit)?;
        let since = page.since::<usize>()?;
        let total = links.mapping.len();
        let rows: Vec<(usize, MappedPerson)> = links.mapping.into_iter().enumerate().collect();
        let (rows, next) = page.cut(rows, |row| row.0, since.as_ref())?;
        let (rows, next_cursor) = page.fit(rows, next, |row| row.0, |row| &row.1)?;
        let people = rows.into_iter().map(|(_, person)| person).collect();
        Ok(MappingPage { people, total, version: links.version, next_cursor })
    }

    pub async fn csv(&self) -> Result<Vec<u8>, Error> {
        Ok(write_csv(&self.identities.links().await?.mapping))
    }
}
