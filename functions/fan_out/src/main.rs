//! Asks for one poll for each connector that is due, whenever a schedule says so.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let world = lambda::world()?;
    let fan_out = world.app.fan_out();
    world.schedule(async |tick, at, id| fan_out.run(tick.run.into(), at, id).await).await
}
