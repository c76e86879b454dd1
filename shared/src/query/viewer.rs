//! Who asks, and what they may see.

use crate::words::Connector;

/// Every report needs one.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Reports by this viewer are about these connectors; all of them where it is `None`.
    connectors: Option<Vec<crate::words::ConnectorId>>,
}

impl Viewer {
    /// A caller who may read every connector.
    pub fn of_everything() -> Self {
        Self { connectors: None }
    }

    pub(super) fn may_read(&self, connector: &Connector) -> bool {
        self.connectors.as_ref().is_none_or(|own| own.contains(&connector.id))
    }
}
