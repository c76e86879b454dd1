//! The archive as an S3 bucket. A committed upload appears at once and complete, or not at all.

use async_trait::async_trait;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::error::Failure;
use super::store::Store;
use crate::ports::{self, ArchiveUpload, Result};
use crate::words::ArchiveKey;

/// Smaller reports go up in one request. S3 requires parts of at least 5 MB and at most 10,000 parts.
const PART_BYTES: usize = 8 << 20;
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const MAX_DELETES: usize = 1_000;

/// Stores the raw bytes of every report.
#[derive(Clone)]
pub struct Archive {
    store: Store,
}

impl Archive {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    fn bucket(&self) -> &str {
        &self.store.settings().archive_bucket
    }

    async fn objects(&self, prefix: &str) -> std::result::Result<Vec<(String, DateTime<Utc>)>, Failure> {
        let list = self.store.s3().list_objects_v2().bucket(self.bucket()).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.map_err(Failure::service("s3:ListBucket"))?.contents.unwrap_or_default() {
                let at = object.last_modified.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()));
                objects.extend(object.key.zip(at));
            }
        }
        Ok(objects)
    }
}

/// The object name of a key, from which the key can be parsed again.
fn name(key: &ArchiveKey) -> std::result::Result<String, Failure> {
    let path = key.path();
    match ArchiveKey::parse(&path) {
        Some(parsed) if parsed == *key => Ok(path),
        _ => Err(Failure::Damaged(format!("invalid archive key: {path:?}"))),
    }
}

#[async_trait]
impl ports::Archive for Archive {
    async fn create(&self, key: &ArchiveKey) -> Result<Box<dyn ArchiveUpload>> {
        let upload = Upload { archive: self.clone(), name: name(key)?, waiting: BytesMut::new(), multipart: None };
        Ok(Box::new(upload))
    }

    async fn open<'a>(&'a self, key: &ArchiveKey) -> Result<BoxStream<'a, Result<Bytes>>> {
        let object = self.store.s3().get_object().bucket(self.bucket()).key(name(key)?).send().await;
        let object = object.map_err(|error| match error.as_service_error() {
            Some(GetObjectError::NoSuchKey(_)) => Failure::NotFound,
            _ => Failure::service("s3:GetObject")(error),
        })?;
        let mut body = object.body;
        let chunks = async_stream::try_stream! {
            while let Some(chunk) = body.next().await {
                yield chunk.map_err(|error| Failure::Service {
                    operation: "s3:GetObject",
                    code: None,
                    source: error.into(),
                })?;
            }
        };
        Ok(chunks.boxed())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(ArchiveKey, DateTime<Utc>)>> {
        let objects = self.objects(prefix).await?;
        let mut keys: Vec<_> =
            objects.into_iter().filter_map(|(name, at)| Some((ArchiveKey::parse(&name)?, at))).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    async fn remove(&self, prefix: &str) -> Result<()> {
        let objects = self.objects(prefix).await?;
        for batch in objects.chunks(MAX_DELETES) {
            let names = batch.iter().filter_map(|(name, _)| ObjectIdentifier::builder().key(name).build().ok());
            let delete = Delete::builder().set_objects(Some(names.collect())).quiet(true).build();
            let delete = delete.map_err(|error| Failure::Damaged(error.to_string()))?;
            let deleted = self.store.s3().delete_objects().bucket(self.bucket()).delete(delete).send().await;
            let deleted = deleted.map_err(Failure::service("s3:DeleteObject"))?;
            if let Some(refused) = deleted.errors().first() {
                return Err(Failure::Service {
                    operation: "s3:DeleteObject",
                    code: refused.code().map(str::to_owned),
                    source: format!("{} objects were not deleted", deleted.errors().len()).into(),
                }
                .into());
            }
        }
        Ok(())
    }
}

/// A report being uploaded. A large one is a multipart upload, which stays invisible until it is completed.
struct Upload {
    archive: Archive,
    name: String,
    waiting: BytesMut,
    multipart: Option<Multipart>,
}

struct Multipart {
    id: String,
    parts: Vec<CompletedPart>,
}

impl Upload {
    async fn upload_part(&mut self, bytes: Bytes) -> std::result::Result<(), Failure> {
        let (s3, bucket) = (self.archive.store.s3(), self.archive.bucket());
        let multipart = match &mut self.multipart {
            Some(multipart) => multipart,
            None => {
                let started = s3.create_multipart_upload().bucket(bucket).key(&self.name).send().await;
                let started = started.map_err(Failure::service("s3:CreateMultipartUpload"))?;
                let id = started.upload_id.unwrap_or_default();
                self.multipart.insert(Multipart { id, parts: Vec::new() })
            }
        };
        let number = i32::try_from(multipart.parts.len()).unwrap_or(i32::MAX - 1) + 1;
        let upload = s3.upload_part().bucket(bucket).key(&self.name).upload_id(&multipart.id).part_number(number);
        let uploaded = upload.body(ByteStream::from(bytes)).send().await;
        let uploaded = uploaded.map_err(Failure::service("s3:UploadPart"))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(uploaded.e_tag)
            .set_checksum_crc32(uploaded.checksum_crc32)
            .set_checksum_crc64_nvme(uploaded.checksum_crc64_nvme);
        multipart.parts.push(part.build());
        Ok(())
    }
}

#[async_trait]
impl ArchiveUpload for Upload {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.waiting.extend_from_slice(&bytes);
        while self.waiting.len() >= PART_BYTES {
            let part = self.waiting.split_to(PART_BYTES).freeze();
            self.upload_part(part).await?;
        }
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        let rest = std::mem::take(&mut self.waiting).freeze();
        if self.multipart.is_some() && !rest.is_empty() {
            self.upload_part(rest.clone()).await?;
        }
        let (s3, bucket) = (self.archive.store.s3(), self.archive.bucket());
        let Some(multipart) = &self.multipart else {
            let put = s3.put_object().bucket(bucket).key(&self.name).body(ByteStream::from(rest)).send().await;
            put.map_err(Failure::service("s3:PutObject"))?;
            return Ok(());
        };
        let parts = CompletedMultipartUpload::builder().set_parts(Some(multipart.parts.clone())).build();
        let complete = s3.complete_multipart_upload().bucket(bucket).key(&self.name).upload_id(&multipart.id);
        let completed = complete.multipart_upload(parts).send().await;
        completed.map_err(Failure::service("s3:CompleteMultipartUpload"))?;
        self.multipart = None;
        Ok(())
    }
}

impl Drop for Upload {
    /// Best effort: the bucket's lifecycle rule removes an unfinished upload after one day.
    fn drop(&mut self) {
        let (Some(multipart), Ok(runtime)) = (self.multipart.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (archive, name) = (self.archive.clone(), std::mem::take(&mut self.name));
        runtime.spawn(async move {
            let abort = archive.store.s3().abort_multipart_upload().bucket(archive.bucket()).key(name);
            if let Err(error) = abort.upload_id(multipart.id).send().await {
                let failure = Failure::service("s3:AbortMultipartUpload")(error);
                tracing::debug!(
                    error = crate::error::chain(&failure),
                    "could not abort an upload; the bucket's lifecycle rule removes it"
                );
            }
        });
    }
}
