//! Answers questions about stored days; its role can reach no secret.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, _) = lambda::start()?;
    lambda::http(app.serve(app.report())).await
}
