//! The persons of the last question, kept in the process: to make them of 10,000 people takes longer than most questions, and
//! they change with a poll or a decision.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::identities::Persons;
use crate::words::{Connector, ConnectorId, Directory, Links, TeamSync};

/// What persons are made from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    directories: Vec<(ConnectorId, TeamSync, Directory)>,
    links: u64,
}

impl Origin {
    /// `None` where a directory is not stored: rows change, and it has no version.
    pub(super) fn of<'a>(
        heads: impl IntoIterator<Item = (&'a Connector, &'a Directory)>,
        links: &Links,
    ) -> Option<Self> {
        let directories = heads.into_iter().map(|(connector, directory)| {
            let head = directory.head();
            (head.version > 0).then(|| (connector.id.clone(), connector.team_sync, head))
        });
        Some(Self { directories: directories.collect::<Option<_>>()?, links: links.version })
    }
}

/// One set of persons and its origin. Questions at the same time wait for the first to make them.
#[derive(Default)]
pub struct LastPersons(pub(super) Mutex<Option<(Origin, Arc<Persons>)>>);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::handlers::report::Sources;
    use crate::ports::Identities;
    use crate::query::memory::Memory;
    use crate::segment::Activity;
    use crate::words::{Level, Links, MappedIdentity, MappedPerson};

    fn user(subject: &str) -> Activity<'_> {
        Activity { level: Level::User, subject, ..Activity::default() }
    }

    #[tokio::test]
    async fn persons_are_made_again_only_when_what_they_follow_from_changes() {
        let memory = Memory::default().connector("a", "cursor").rows("a", "2026-11-16", &[user("7"), user("8")]);
        let sources = Sources::of(Arc::new(memory.clone()));
        let first = sources.people(None, None).await.unwrap().persons;
        let second = sources.people(Some("a"), None).await.unwrap().persons;
        assert!(Arc::ptr_eq(&first, &second));

        let both = MappedPerson {
            person: "ana@octo.example".to_owned(),
            identities: ["7", "8"].map(|id| MappedIdentity { provider: None, identity: id.to_owned() }).to_vec(),
            ..MappedPerson::default()
        };
        memory.put_links(&Links { mapping: vec![both], ..Links::default() }).await.unwrap();
        let linked = sources.people(None, None).await.unwrap().persons;
        assert_eq!((second.persons.len(), linked.persons.len()), (2, 1));

        let more = memory.rows("a", "2026-11-17", &[user("9")]);
        let sources = Sources { identities: Arc::new(more), ..sources };
        let grown = sources.people(None, None).await.unwrap().persons;
        assert_eq!(grown.identities.len(), 3);
    }
}
