//! An emulator of AWS, and separate stacks in it: each has its own tables, bus, queue and bucket.
//!
//! Its address is in `PAIRMETER_TEST_AWS`; `infra/local/bench run` starts one. The emulator does not show throttling
//! (see [`crate::stingy`]), eventually consistent reads, roles (the end-to-end tests cover those) and the time to
//! live, which deletes nothing here.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedAsyncSleep};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::SdkConfig;
use shared::config;

/// The resources of template.yaml, without its roles.
pub struct EmulatedStack {
    pub sdk: SdkConfig,
    pub settings: config::Aws,
}

pub fn address() -> String {
    std::env::var("PAIRMETER_TEST_AWS").expect("the emulator's address")
}

impl EmulatedStack {
    pub async fn open() -> Self {
        let mut number = [0; 8];
        getrandom::fill(&mut number).unwrap();
        let own = |what: &str| format!("{what}-{:016x}", u64::from_ne_bytes(number));
        let sdk = sdk(&address());
        for (table, keys) in [
            ("connectors", &["pk", "sk"][..]),
            ("segments", &["pk", "sk"]),
            ("identities", &["pk", "sk"]),
            ("notices", &["pk", "sk"]),
            ("jobs", &["pk"]),
        ] {
            create_table(&sdk, &own(table), keys).await;
        }
        s3(&sdk).create_bucket().bucket(own("archive")).send().await.unwrap();
        let settings = config::Aws {
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned().into(),
            endpoint: Some(address()),
            connectors_table: own("connectors"),
            segments_table: own("segments"),
            identities_table: own("identities"),
            notices_table: own("notices"),
            jobs_table: own("jobs"),
            archive_bucket: own("archive"),
            bus: own("bus"),
            queue_url: create_queue(&sdk, &own("bus"), &own("polls")).await,
            secrets: own("pairmeter") + "/",
            ..config::Aws::default()
        };
        Self { sdk, settings }
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
