//! Lambda in place of the schedule and the queue's consumers: events in, handlers, answers and metrics out.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use axum::Router;
use chrono::{DateTime, Utc};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::backoff;
use crate::adapters::aws::Store;
use crate::app::admin::{Files, Page, SignIn};
use crate::app::{App, World};
use crate::clock::{Clock, WallClock};
use crate::config::{Aws, Config};
use crate::error::{Recourse, chain};
use crate::handlers::fan_out::Round;
use crate::handlers::notify_expiry::{Found, Reminders};
use crate::handlers::poll::Polled;
use crate::http::Http;
use crate::ports::{
    Archive, ConnectorStore, Events, Identities, NoticeStore, Notifier, PollQueue, SecretStore, SegmentStore,
};
use crate::words::{Policy, PollJob, PollOutcome};

pub use lambda_runtime::Error;

/// A poll asks for its continuation after this long; the function has 15 minutes.
const POLL_FOR: chrono::Duration = chrono::Duration::minutes(10);

/// The namespace of the metrics. Alarms and the dashboard in template.yaml read them by these names.
const NAMESPACE: &str = "Pairmeter";

/// One cold start: the account's services, and what stands around the handlers over them.
#[derive(Clone)]
pub struct Lambda {
    store: Store,
    clock: Arc<dyn Clock>,
    http: Http,
    reminders: Reminders,
    policy: Policy,
    sign_in: SignIn,
}

/// Reads the environment and touches no service. Everything that is missing is said at once.
pub fn start() -> Result<(App<Lambda>, Lambda), Error> {
    let config = Config::from_env()?;
    log(config.log.as_deref().unwrap_or("info"));
    let (store, clock) = (Store::open(Aws::from_env()?), Arc::new(WallClock));
    let lambda = Lambda {
        http: Http::new(config.detours).with_rate_limiter(Arc::new(store.rate_limiter(clock.clone())), clock.clone()),
        store,
        clock,
        reminders: config.reminders,
        policy: config.policy,
        sign_in: config.sign_in.map_or(SignIn::Token, SignIn::Oidc),
    };
    Ok((App(lambda.clone()), lambda))
}

impl World for Lambda {
    fn connectors(&self) -> Arc<dyn ConnectorStore> {
        Arc::new(self.store.connectors())
    }

    fn secrets(&self) -> Arc<dyn SecretStore> {
        Arc::new(self.store.secrets())
    }

    fn segments(&self) -> Arc<dyn SegmentStore> {
        Arc::new(self.store.segments(self.clock.clone()))
    }

    fn identities(&self) -> Arc<dyn Identities> {
        Arc::new(self.store.identities())
    }

    fn archive(&self) -> Arc<dyn Archive> {
        Arc::new(self.store.archive())
    }

    fn queue(&self) -> Arc<dyn PollQueue> {
        Arc::new(self.store.queue(self.clock.clone()))
    }

    fn notices(&self) -> Arc<dyn NoticeStore> {
        Arc::new(self.store.notices())
    }

    fn events(&self) -> Arc<dyn Events> {
        Arc::new(self.store.events())
    }

    fn notifier(&self) -> Arc<dyn Notifier> {
        Arc::new(self.store.notifier())
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn http(&self) -> Http {
        self.http.clone()
    }

    fn poll_for(&self) -> chrono::Duration {
        POLL_FOR
    }

    fn reminders(&self) -> Reminders {
        self.reminders.clone()
    }

    fn policy(&self) -> Policy {
        self.policy.clone()
    }
}

/// Writes to standard output, which CloudWatch keeps. A second call, as in tests, changes nothing.
pub fn log(wanted: &str) {
    let _ = subscriber(wanted, std::io::stdout).try_init();
}

/// One line of JSON for each event, with ids as fields of their own.
pub fn subscriber<W>(wanted: &str, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(true);
    let lines = lines.with_span_list(false).with_target(false).with_writer(writer);
    tracing_subscriber::registry().with(super::log::filter(wanted)).with(lines)
}

/// Answers HTTP requests. Who may ask was decided before: API Gateway checks the token.
pub async fn http(router: Router) -> Result<(), Error> {
    lambda_http::run(router).await
}

/// What a schedule says.
#[derive(Clone, Debug, Deserialize)]
pub struct Tick {
    pub run: Run,
    /// When it was due; a late start is still about that day.
    #[serde(default, deserialize_with = "time_or_none")]
    at: Option<DateTime<Utc>>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    Daily,
    Pending,
}

impl From<Run> for Round {
    fn from(run: Run) -> Self {
        match run {
            Run::Daily => Round::Daily,
            Run::Pending => Round::Pending,
        }
    }
}

/// A schedule that was started by hand may leave the time out.
fn time_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

impl Lambda {
    /// The admin app, and who signs people in to it.
    pub fn page(&self, files: Files) -> Page {
        Page { files, sign_in: self.sign_in.clone(), samples: Vec::new() }
    }

    /// Runs one job per message. Those that fail come back, after as long as the failure asks for, and end as dead
    /// letters; the others are done, also when one beside them fails.
    pub async fn queue(&self, run: impl AsyncFn(&PollJob) -> Result<Polled, crate::error::Error>) -> Result<(), Error> {
        let run = &run;
        let attend = move |event: LambdaEvent<SqsEvent>| async move {
            let mut failed = SqsBatchResponse::default();
            for message in event.payload.records {
                if let Err(delay) = self.attend(&message, run).await {
                    self.put_off(&message, delay).await;
                    let mut failure = BatchItemFailure::default();
                    failure.item_identifier = message.message_id.unwrap_or_default();
                    failed.batch_item_failures.push(failure);
                }
            }
            Ok::<_, Error>(failed)
        };
        lambda_runtime::run(service_fn(attend)).await
    }

    /// An error says after how long the message may come back.
    async fn attend(
        &self,
        message: &SqsMessage,
        run: &impl AsyncFn(&PollJob) -> Result<Polled, crate::error::Error>,
    ) -> Result<(), Duration> {
        let attempt = attempt(message);
        let id = message.message_id.as_deref();
        let Ok(job) = serde_json::from_str::<PollJob>(message.body.as_deref().unwrap_or_default()) else {
            tracing::error!(message = id, attempt, "a message is not a poll job; it will be a dead letter");
            return Err(backoff(attempt));
        };
        let span = tracing::info_span!(
            "poll",
            connector = %job.connector,
            job = job.key,
            correlation_id = job.correlation_id,
            attempt
        );
        let started = self.clock.now();
        let polled = run(&job).instrument(span.clone()).await;
        let _entered = span.entered();
        let failure = match polled {
            Ok(polled) => {
                self.emit(&measures(&polled, (self.clock.now() - started).as_seconds_f64()));
                polled.for_queue().err()
            }
            Err(error) => {
                self.emit(&[("PollsFailed", 1.0, "Count")]);
                Some(error)
            }
        };
        let Some(error) = failure else { return Ok(()) };
        let delay = match error.recourse() {
            // Whoever ran it has told the owner, or recorded that it is not offered.
            Recourse::Owner | Recourse::Nobody => return Ok(()),
            Recourse::Wait(wait) => wait.max(backoff(attempt)),
            Recourse::Us => backoff(attempt),
        };
        tracing::error!(
            code = error.code(),
            error = chain(&error),
            again_in_seconds = delay.as_secs(),
            "a poll failed; it will be retried"
        );
        Err(delay)
    }

    /// Without it the message comes back all the same, after the queue's own, longer time.
    async fn put_off(&self, message: &SqsMessage, delay: Duration) {
        let receipt = message.receipt_handle.as_deref().unwrap_or_default();
        if let Err(error) = self.store.queue(self.clock.clone()).put_off(receipt, delay).await {
            tracing::warn!(error = chain(&error), "a message could not be delayed");
        }
    }

    /// Runs once per tick of a schedule; an error makes the schedule try again.
    pub async fn schedule<M: Measured>(
        &self,
        run: impl AsyncFn(Tick, DateTime<Utc>, &str) -> Result<M, crate::error::Error>,
    ) -> Result<(), Error> {
        let run = &run;
        let tick = move |event: LambdaEvent<Tick>| async move {
            let tick = event.payload;
            let at = tick.at.unwrap_or_else(|| self.clock.now());
            let id = tick.id.clone().filter(|id| !id.starts_with('<')).unwrap_or(event.context.request_id);
            let span = tracing::info_span!("schedule", correlation_id = id);
            let ran = run(tick, at, &id).instrument(span.clone()).await;
            let _entered = span.entered();
            match ran {
                Ok(found) => {
                    self.emit(&found.measures());
                    found.whole()?;
                    Ok(json!({ "at": at, "correlation_id": id }))
                }
                Err(error) => {
                    tracing::error!(code = error.code(), error = chain(&error), "the scheduled run failed");
                    Err(Error::from(error))
                }
            }
        };
        lambda_runtime::run(service_fn(tick)).await
    }

    /// One line of CloudWatch's embedded metric format:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    fn emit(&self, measures: &[Measure]) {
        let names: Vec<Value> = measures.iter().map(|(name, _, unit)| json!({ "Name": name, "Unit": unit })).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": self.clock.now().timestamp_millis(),
                "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": names }],
            }),
        );
        line.insert("Stack".to_owned(), json!(self.store.stack()));
        line.extend(measures.iter().map(|(name, value, _)| ((*name).to_owned(), json!(value))));
        // Whether the log can be written is not the poll's matter.
        let _ = writeln!(std::io::stdout().lock(), "{}", Value::Object(line));
    }
}

/// Name, value and unit of a metric.
pub type Measure = (&'static str, f64, &'static str);

/// What a run leaves for the metrics.
pub trait Measured {
    fn measures(&self) -> Vec<Measure>;

    /// An error makes the schedule try again, though the run has come to its end.
    fn whole(&self) -> Result<(), crate::error::Error> {
        Ok(())
    }
}

/// How many polls were asked for.
impl Measured for usize {
    fn measures(&self) -> Vec<Measure> {
        vec![("PollsRequested", *self as f64, "Count")]
    }
}

impl Measured for Found {
    fn whole(&self) -> Result<(), crate::error::Error> {
        Found::whole(*self)
    }

    fn measures(&self) -> Vec<Measure> {
        let count = |name, value: u64| (name, value as f64, "Count");
        vec![
            count("Connectors", self.connectors),
            count("ConnectorsOwnerMustAct", self.owner_must_act),
            count("ConnectorsWithoutNewData", self.without_new_data),
            count("TokensBelow3Days", self.tokens_below_3_days),
            count("NoticesFailed", self.failed),
            count("MailUnconfirmed", self.mail_unconfirmed),
        ]
    }
}

fn measures(polled: &Polled, seconds: f64) -> Vec<Measure> {
    let is = |outcome| f64::from(u8::from(polled.outcome == outcome));
    vec![
        ("PollsOk", is(PollOutcome::Ok), "Count"),
        ("PollsPartial", is(PollOutcome::Partial), "Count"),
        ("PollsFailed", is(PollOutcome::Failed), "Count"),
        ("Rows", polled.rows as f64, "Count"),
        ("Bytes", polled.bytes as f64, "Bytes"),
        ("PollSeconds", seconds, "Seconds"),
    ]
}

fn attempt(message: &SqsMessage) -> u32 {
    let received = message.attributes.get("ApproximateReceiveCount");
    received.and_then(|count| count.parse().ok()).unwrap_or(1)
}
