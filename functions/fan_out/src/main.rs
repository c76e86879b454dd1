//! Requests one poll per due connector on each schedule.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, lambda) = lambda::start()?;
    let fan_out = app.fan_out();
    lambda.schedule(async |tick, at, id| fan_out.run(tick.run.into(), at, id).await).await
}
