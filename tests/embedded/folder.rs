//! The data folder: permissions, sharing, and files that never contain a token.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use shared::adapters::embedded::Store;
use shared::clock::WallClock;
use shared::error::chain;
use shared::ports::{Archive, ArchiveUpload, ConnectorStore, SecretStore, SegmentStore};
use shared::words::{ArchiveKey, Credential, SegmentState};

use crate::contract::samples::{connector, day, hour, id, segment, write};

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn only_the_owner_can_read_the_folder_and_its_files() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("pairmeter-data");
    let store = Store::open(&folder).unwrap();
    let secrets = store.secrets(None).unwrap();
    secrets.put(&id(1), &Credential::token("t")).await.unwrap();
    store.archive(Arc::new(WallClock)).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("archive")), 0o700);
    for file in ["key", "lock", "pairmeter.db", "pairmeter.db-wal"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn two_stores_on_one_folder_see_each_others_writes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Store::open(folder.path()).unwrap();
    let command = Store::open(folder.path()).unwrap();
    for (number, (writer, reader)) in [(&server, &command), (&command, &server)].into_iter().enumerate() {
        writer.connectors().create(&connector(number)).await.unwrap();
        let token = Credential::token(format!("token {number}"));
        let secrets = writer.secrets(None).unwrap();
        secrets.put(&id(number), &token).await.unwrap();
        let content = write(day(0), hour(0), SegmentState::Final, Some(segment(1)));
        writer.segments().replace(&id(number), content).await.unwrap();

        reader.connectors().get(&id(number)).await.unwrap();
        let back = reader.secrets(None).unwrap().get(&id(number)).await;
        assert_eq!(back.unwrap().expose("token"), token.expose("token"));
        assert_eq!(reader.segments().ledger(&id(number)).await.unwrap().len(), 1);
    }
}

#[test]
fn concurrent_first_openings_share_one_key() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open(folder.path()).unwrap().secrets(None).unwrap());
        }
    });
    assert_eq!(fs::read_to_string(folder.path().join("key")).unwrap().len(), 45);
}

#[tokio::test]
async fn a_folder_of_a_newer_version_is_refused_with_a_fix() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let database = rusqlite::Connection::open(folder.path().join("pairmeter.db")).unwrap();
    database.pragma_update(None, "user_version", 999).unwrap();
    let refused = Store::open(folder.path()).err().unwrap();
    assert!(chain(&refused).contains("run that version or a newer one"), "{refused}");
}

#[tokio::test]
async fn no_file_contains_the_token() {
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let secrets = store.secrets(None).unwrap();
    store.connectors().create(&connector(1)).await.unwrap();
    secrets.put(&id(1), &Credential::token(token)).await.unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(8).any(|part| part == &token.as_bytes()[4..12]);
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test]
async fn no_key_escapes_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Store::open(folder.path()).unwrap().archive(Arc::new(WallClock)).unwrap();
    for slug in ["..", ".", "", "a/b", "../../etc", "a\\b", ".hidden", "a\0b", "c:d"] {
        let key = ArchiveKey {
            provider: "github-copilot".to_owned(),
            account: format!("organization/{slug}"),
            report: "users".to_owned(),
            day: day(0),
        };
        assert!(archive.create(&key).await.is_err(), "{slug:?}");
        assert!(archive.open(&key).await.is_err(), "{slug:?}");
    }
    for prefix in ["../", "github-copilot/../../", "/", "//etc/", ".partial/"] {
        assert!(archive.list(prefix).await.is_err(), "{prefix:?}");
        assert!(archive.remove(prefix).await.is_err(), "{prefix:?}");
    }
}

#[tokio::test]
async fn uploads_of_dead_processes_are_swept_and_running_ones_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let archive = store.archive(Arc::new(WallClock)).unwrap();
    let partial = folder.path().join("archive/.partial");
    let abandoned = partial.join("abandoned");
    let file = fs::File::create(&abandoned).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    file.set_modified(long_ago).unwrap();
    let key = ArchiveKey {
        provider: "cursor".to_owned(),
        account: "team/octo".to_owned(),
        report: "users".to_owned(),
        day: day(0),
    };
    let mut running: Box<dyn ArchiveUpload> = archive.create(&key).await.unwrap();
    running.write("x".into()).await.unwrap();

    let archive = store.archive(Arc::new(WallClock)).unwrap();
    assert!(!abandoned.exists());
    running.commit().await.unwrap();
    assert_eq!(archive.list("").await.unwrap().len(), 1);
    assert_eq!(fs::read_dir(&partial).unwrap().count(), 0);
}
