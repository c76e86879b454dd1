//! The laws over the AWS adapters, each with tables, a bus, a queue and a bucket of its own.
//!
//! They need an emulator, whose address is in `PAIRMETER_TEST_AWS`; `infra/local/bench run` starts one, and `make test`
//! runs them through it. What no emulator shows: throttling, eventually consistent reads, roles (the end-to-end tests
//! have those) and the time to live, which deletes nothing here.

use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedAsyncSleep};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::SdkConfig;
use shared::adapters::aws;
use shared::clock::FixedClock;
use shared::config;
use shared::ports::PollQueue;
use shared::words::PollJob;

use super::queue::Inbox;
use super::samples;

laws!(#[ignore = "needs an AWS emulator: make test-aws"]);

struct Backend {
    sdk: SdkConfig,
    store: aws::Store,
    queue_url: String,
}

impl Backend {
    async fn open() -> Self {
        let endpoint = std::env::var("PAIRMETER_TEST_AWS").expect("the emulator's address");
        let mut number = [0; 8];
        getrandom::fill(&mut number).unwrap();
        let own = |what: &str| format!("{what}-{:016x}", u64::from_ne_bytes(number));
        let sdk = sdk(&endpoint);
        for (table, keys) in [
            ("connectors", &["pk", "sk"][..]),
            ("segments", &["pk", "sk"]),
            ("notices", &["pk", "sk"]),
            ("jobs", &["pk"]),
        ] {
            create_table(&sdk, &own(table), keys).await;
        }
        let s3 = s3(&sdk);
        s3.create_bucket().bucket(own("archive")).send().await.unwrap();
        let queue_url = create_queue(&sdk, &own("bus"), &own("polls")).await;
        let settings = config::Aws {
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned().into(),
            endpoint: Some(endpoint),
            connectors_table: own("connectors"),
            segments_table: own("segments"),
            notices_table: own("notices"),
            jobs_table: own("jobs"),
            archive_bucket: own("archive"),
            bus: own("bus"),
            queue_url: queue_url.clone(),
            secrets: own("pairmeter") + "/",
            ..config::Aws::default()
        };
        Self { sdk, store: aws::Store::open(settings), queue_url }
    }

    fn connectors(&self) -> aws::Connectors {
        self.store.connectors()
    }

    fn segments(&self) -> aws::Segments {
        self.store.segments(Arc::new(FixedClock::at(samples::hour(0))))
    }

    fn secrets(&self) -> aws::Secrets {
        self.store.secrets()
    }

    fn archive(&self) -> aws::Archive {
        self.store.archive()
    }

    fn queue(&self) -> QueueInbox {
        QueueInbox {
            queue: self.store.queue(Arc::new(FixedClock::at(samples::hour(0)))),
            sqs: aws_sdk_sqs::Client::new(&self.sdk),
            url: self.queue_url.clone(),
        }
    }

    fn notices(&self) -> aws::Notices {
        self.store.notices()
    }
}

fn sdk(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn s3(sdk: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build())
}

async fn create_table(sdk: &SdkConfig, name: &str, keys: &[&str]) {
    let mut create =
        aws_sdk_dynamodb::Client::new(sdk).create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (key, kind) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let attribute = AttributeDefinition::builder().attribute_name(*key).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(*key).key_type(kind);
        create = create.attribute_definitions(attribute.build().unwrap()).key_schema(element.build().unwrap());
    }
    create.send().await.unwrap();
}

/// A queue behind a bus, with the rule of template.yaml between them.
async fn create_queue(sdk: &SdkConfig, bus: &str, name: &str) -> String {
    let sqs = aws_sdk_sqs::Client::new(sdk);
    let url = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let arn = aws_sdk_sqs::types::QueueAttributeName::QueueArn;
    let read = sqs.get_queue_attributes().queue_url(&url).attribute_names(arn.clone()).send().await.unwrap();
    let arn = read.attributes.unwrap().remove(&arn).unwrap();
    let events = aws_sdk_eventbridge::Client::new(sdk);
    events.create_event_bus().name(bus).send().await.unwrap();
    let pattern = r#"{"source": ["pairmeter"], "detail-type": ["PollRequested"]}"#;
    events.put_rule().name(name).event_bus_name(bus).event_pattern(pattern).send().await.unwrap();
    let target = aws_sdk_eventbridge::types::Target::builder().id("polls").arn(arn).input_path("$.detail");
    let put = events.put_targets().rule(name).event_bus_name(bus).targets(target.build().unwrap());
    put.send().await.unwrap();
    url
}

struct QueueInbox {
    queue: aws::Queue,
    sqs: aws_sdk_sqs::Client,
    url: String,
}

#[async_trait]
impl Inbox for QueueInbox {
    fn queue(&self) -> &dyn PollQueue {
        &self.queue
    }

    async fn arrived(&self) -> Vec<PollJob> {
        let mut jobs = Vec::new();
        loop {
            let receive = self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(10);
            let messages = receive.wait_time_seconds(1).send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return jobs;
            }
            for message in messages {
                jobs.push(serde_json::from_str(message.body().unwrap()).unwrap());
                let receipt = message.receipt_handle().unwrap();
                self.sqs.delete_message().queue_url(&self.url).receipt_handle(receipt).send().await.unwrap();
            }
        }
    }
}
