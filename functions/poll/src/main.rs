//! Polls one connector per queue message and stores its usage.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, lambda) = lambda::start()?;
    let poll = app.poll();
    lambda.queue(async |job| poll.run(job, &()).await).await
}
