//! The AWS clients: one set of settings, and one client per service, built on first use.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedAsyncSleep};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use secrecy::ExposeSecret;

use super::table::Table;
use super::{Archive, Connectors, Events, Identities, Notices, Notifier, Queue, RateLimiter, Secrets, Segments};
use crate::clock::Clock;
use crate::config::Aws;

/// Amazon's own root certificates, which every AWS endpoint chains to (<https://www.amazontrust.com/repository/>).
/// Parsing the system's bundle would take most of a cold start.
const ROOTS: &[u8] = include_bytes!("roots.pem");

/// The SDK waits longer before each attempt. Throttling that lasts longer returns to the queue or the caller.
const ATTEMPTS: u32 = 6;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// One Pairmeter stack in an AWS account. Clones share the clients.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Aws,
    sdk: OnceLock<SdkConfig>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
}

impl Store {
    /// Sends no request.
    pub fn open(settings: Aws) -> Self {
        let inner = Inner {
            settings,
            sdk: OnceLock::new(),
            dynamodb: OnceLock::new(),
            eventbridge: OnceLock::new(),
            s3: OnceLock::new(),
            secrets: OnceLock::new(),
            sns: OnceLock::new(),
            sqs: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    pub fn connectors(&self) -> Connectors {
        Connectors::new(self.table(&self.settings().connectors_table))
    }

    pub fn segments(&self, clock: Arc<dyn Clock>) -> Segments {
        Segments::new(self.table(&self.settings().segments_table), self.connectors(), clock)
    }

    pub fn identities(&self) -> Identities {
        Identities::new(self.table(&self.settings().identities_table), self.connectors())
    }

    pub fn secrets(&self) -> Secrets {
        Secrets::new(self.clone())
    }

    pub fn archive(&self) -> Archive {
        Archive::new(self.clone())
    }

    pub fn notices(&self) -> Notices {
        Notices::new(self.table(&self.settings().notices_table))
    }

    pub fn queue(&self, clock: Arc<dyn Clock>) -> Queue {
        Queue::new(self.clone(), self.table(&self.settings().jobs_table), clock)
    }

    pub fn rate_limiter(&self, clock: Arc<dyn Clock>) -> RateLimiter {
        RateLimiter::new(self.table(&self.settings().jobs_table), clock)
    }

    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    pub fn notifier(&self) -> Notifier {
        Notifier::new(self.clone())
    }

    /// The stack's name: one account may hold several Pairmeter stacks.
    pub fn stack(&self) -> &str {
        &self.settings().stack
    }

    fn table(&self, name: &str) -> Table {
        Table::new(self.clone(), name)
    }

    pub(super) fn settings(&self) -> &Aws {
        &self.inner.settings
    }

    pub(super) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.inner.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(self.sdk()))
    }

    pub(super) fn eventbridge(&self) -> &aws_sdk_eventbridge::Client {
        self.inner.eventbridge.get_or_init(|| aws_sdk_eventbridge::Client::new(self.sdk()))
    }

    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        self.inner.s3.get_or_init(|| {
            // A custom endpoint has no host name per bucket.
            let path_style = self.settings().endpoint.is_some();
            let config = aws_sdk_s3::config::Builder::from(self.sdk()).force_path_style(path_style).build();
            aws_sdk_s3::Client::from_conf(config)
        })
    }

    pub(super) fn secrets_manager(&self) -> &aws_sdk_secretsmanager::Client {
        self.inner.secrets.get_or_init(|| aws_sdk_secretsmanager::Client::new(self.sdk()))
    }

    pub(super) fn sns(&self) -> &aws_sdk_sns::Client {
        self.inner.sns.get_or_init(|| aws_sdk_sns::Client::new(self.sdk()))
    }

    pub(super) fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.inner.sqs.get_or_init(|| aws_sdk_sqs::Client::new(self.sdk()))
    }

    fn sdk(&self) -> &SdkConfig {
        self.inner.sdk.get_or_init(|| sdk(&self.inner.settings))
    }
}

fn sdk(settings: &Aws) -> SdkConfig {
    // A Lambda's credentials are valid as long as its process.
    let credentials = Credentials::new(
        &settings.access_key_id,
        settings.secret_access_key.expose_secret(),
        settings.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "environment",
    );
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    match &settings.endpoint {
        Some(endpoint) if endpoint.starts_with("http://") => {
            config.http_client(aws_smithy_http_client::Builder::new().build_http()).endpoint_url(endpoint).build()
        }
        Some(endpoint) => config.http_client(https()).endpoint_url(endpoint).build(),
        None => config.http_client(https()).build(),
    }
}

fn https() -> aws_sdk_dynamodb::config::SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(ROOTS);
    let tls = TlsContext::builder().with_trust_store(roots).build().unwrap_or_default();
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    builder.tls_context(tls).build_https()
}
