//! The laws of archives.

use bytes::Bytes;
use futures_util::TryStreamExt;
use shared::error::StoreError;
use shared::ports::Archive;
use shared::words::{Account, ArchiveKey, Connector, Day};

use super::samples::{connector, day};

fn account(slug: &str) -> Connector {
    let account = Account { kind: "organization".to_owned(), slug: slug.to_owned() };
    Connector { provider: "github-copilot".to_owned(), account, ..connector(1) }
}

fn key(slug: &str, report: &str, day: Day) -> ArchiveKey {
    ArchiveKey::new(&account(slug), report, day)
}

async fn put(archive: &dyn Archive, key: &ArchiveKey, bytes: &'static [u8]) {
    let mut upload = archive.create(key).await.unwrap();
    upload.write(Bytes::from_static(bytes)).await.unwrap();
    upload.commit().await.unwrap();
}

async fn get(archive: &dyn Archive, key: &ArchiveKey) -> Vec<u8> {
    let chunks: Vec<Bytes> = archive.open(key).await.unwrap().try_collect().await.unwrap();
    chunks.concat()
}

async fn keys(archive: &dyn Archive, prefix: &str) -> Vec<ArchiveKey> {
    let listed = archive.list(prefix).await.unwrap();
    listed.into_iter().map(|(key, _)| key).collect()
}

pub(super) async fn returns_the_bytes_that_were_committed(archive: &dyn Archive) {
    let key = key("octo", "users-1-day", day(0));
    put(archive, &key, b"\x28\xb5\x2f\xfd bytes").await;
    assert_eq!(get(archive, &key).await, b"\x28\xb5\x2f\xfd bytes");
}

pub(super) async fn an_uncommitted_object_is_invisible_and_the_old_one_stays(archive: &dyn Archive) {
    let (old, new) = (key("octo", "users", day(0)), key("octo", "users", day(1)));
    put(archive, &old, b"old").await;
    for key in [&old, &new] {
        let mut upload = archive.create(key).await.unwrap();
        upload.write(Bytes::from_static(b"half")).await.unwrap();
        assert_eq!(keys(archive, "").await, std::slice::from_ref(&old));
        assert_eq!(get(archive, &old).await, b"old");
        drop(upload);
    }
    assert_eq!(keys(archive, "").await, std::slice::from_ref(&old));
    assert_eq!(get(archive, &old).await, b"old");
    assert!(matches!(archive.open(&new).await.err(), Some(StoreError::NotFound)));
}

pub(super) async fn a_second_upload_replaces_the_first(archive: &dyn Archive) {
    let key = key("octo", "users", day(0));
    put(archive, &key, b"a longer first report").await;
    put(archive, &key, b"second").await;
    assert_eq!(get(archive, &key).await, b"second");
    assert_eq!(keys(archive, "").await, [key]);
}

pub(super) async fn one_of_two_concurrent_uploads_wins_completely(archive: &dyn Archive) {
    let key = key("octo", "users", day(0));
    let mut a = archive.create(&key).await.unwrap();
    let mut b = archive.create(&key).await.unwrap();
    for _ in 0..3 {
        a.write(Bytes::from_static(b"aa")).await.unwrap();
        b.write(Bytes::from_static(b"bb")).await.unwrap();
    }
    let (a, b) = tokio::join!(a.commit(), b.commit());
    a.unwrap();
    b.unwrap();
    let stored = get(archive, &key).await;
    assert!(stored == b"aaaaaa" || stored == b"bbbbbb", "{}", stored.escape_ascii());
}

pub(super) async fn a_reader_keeps_the_object_that_it_opened(archive: &dyn Archive) {
    let key = key("octo", "users", day(0));
    put(archive, &key, b"old").await;
    let open = archive.open(&key).await.unwrap();
    put(archive, &key, b"new").await;
    let chunks: Vec<Bytes> = open.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"old");
}

pub(super) async fn an_unknown_key_is_not_found(archive: &dyn Archive) {
    let missing = archive.open(&key("octo", "users", day(0))).await.err();
    assert!(matches!(missing, Some(StoreError::NotFound)), "{missing:?}");
}

pub(super) async fn an_empty_report_is_an_object_too(archive: &dyn Archive) {
    let key = key("octo", "users", day(0));
    archive.create(&key).await.unwrap().commit().await.unwrap();
    assert_eq!(get(archive, &key).await, b"");
    assert_eq!(keys(archive, "").await, [key]);
}

pub(super) async fn lists_a_prefix_ordered_by_key(archive: &dyn Archive) {
    let mut octo = Vec::new();
    for report in ["users", "organization"] {
        for number in [2, 0, 1] {
            octo.push(key("Octo", report, day(number)));
        }
    }
    // The first one only has a similar name: a prefix ends in a slash.
    let others = [key("octo-two", "users", day(0)), key("acme", "users", day(0))];
    for key in octo.iter().chain(&others) {
        put(archive, key, b"x").await;
    }
    octo.sort();
    let prefix = ArchiveKey::prefix(&account("octo"));
    assert_eq!(keys(archive, &prefix).await, octo);
    let one_report = format!("{prefix}users/");
    assert_eq!(keys(archive, &one_report).await, octo[3..]);
    let mut all = [octo.as_slice(), &others].concat();
    all.sort();
    assert_eq!(keys(archive, "github-copilot/").await, all);
    assert_eq!(keys(archive, "cursor/").await, []);
}

pub(super) async fn removes_a_prefix_idempotently(archive: &dyn Archive) {
    let (octo, other) = (key("octo", "users", day(0)), key("octo-two", "users", day(0)));
    put(archive, &octo, b"x").await;
    put(archive, &other, b"y").await;
    for _ in 0..2 {
        archive.remove("github-copilot/organization/octo/").await.unwrap();
        assert_eq!(keys(archive, "").await, std::slice::from_ref(&other));
    }
    assert!(matches!(archive.open(&octo).await.err(), Some(StoreError::NotFound)));
    put(archive, &octo, b"z").await;
    assert_eq!(get(archive, &octo).await, b"z");
}

pub(super) async fn takes_a_report_of_many_parts(archive: &dyn Archive) {
    let key = key("octo", "users", day(0));
    let mut upload = archive.create(&key).await.unwrap();
    let mut whole = Vec::new();
    // 12 MB: more than one part of a multipart upload.
    for number in 0..48_u8 {
        let chunk = vec![number; 256 << 10];
        whole.extend_from_slice(&chunk);
        upload.write(Bytes::from(chunk)).await.unwrap();
    }
    upload.commit().await.unwrap();
    assert!(get(archive, &key).await == whole);
}
