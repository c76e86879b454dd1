//! Polls one connector per queue message and stores its usage.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let world = lambda::world()?;
    let poll = world.app.poll();
    world.queue(async |job| poll.run(job, &()).await).await
}
