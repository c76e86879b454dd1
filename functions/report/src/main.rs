//! Answers questions about stored days; its role can reach no secret.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let world = lambda::world()?;
    lambda::http(world.app.serve(world.app.report())).await
}
