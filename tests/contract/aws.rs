//! The laws with the AWS adapters: once with the emulator, and once through a proxy that throttles and half-does
//! batches.

use std::sync::Arc;

use async_trait::async_trait;
use shared::adapters::aws;
use shared::clock::FixedClock;
use shared::config;
use shared::ports::PollQueue;
use shared::words::PollJob;

use super::queue::Inbox;
use super::samples;
use crate::emulator::EmulatedStack;

laws!(#[ignore = "needs an AWS emulator: make test-aws"]);

/// DynamoDB and EventBridge leave half of every batch undone, and sometimes refuse for lack of capacity.
mod stingy {
    laws!(#[ignore = "needs an AWS emulator: make test-aws"]);

    struct Backend {
        behind: super::Backend,
        _proxy: crate::stingy::Proxy,
    }

    impl Backend {
        async fn open() -> Self {
            let mut backend = super::Backend::open().await;
            let proxy = crate::stingy::Proxy::start(&crate::emulator::address()).await;
            let endpoint = Some(proxy.address.clone());
            backend.store = super::aws::Store::open(super::config::Aws { endpoint, ..backend.world.settings.clone() });
            Self { behind: backend, _proxy: proxy }
        }
    }

    impl std::ops::Deref for Backend {
        type Target = super::Backend;

        fn deref(&self) -> &super::Backend {
            &self.behind
        }
    }
}

struct Backend {
    world: EmulatedStack,
    store: aws::Store,
}

impl Backend {
    async fn open() -> Self {
        let world = EmulatedStack::open().await;
        Self { store: aws::Store::open(world.settings.clone()), world }
    }

    fn connectors(&self) -> aws::Connectors {
        self.store.connectors()
    }

    fn segments(&self) -> aws::Segments {
        self.store.segments(Arc::new(FixedClock::at(samples::hour(0))))
    }

    fn identities(&self) -> aws::Identities {
        self.store.identities()
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
            sqs: aws_sdk_sqs::Client::new(&self.world.sdk),
            url: self.world.settings.queue_url.clone(),
        }
    }

    fn rate_limiter(&self) -> aws::RateLimiter {
        self.store.rate_limiter(Arc::new(FixedClock::at(samples::hour(0))))
    }

    fn notices(&self) -> aws::Notices {
        self.store.notices()
    }
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
