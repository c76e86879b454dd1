//! Sends notices about expiring tokens, once a day and once per threshold.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, lambda) = lambda::start()?;
    let notify_expiry = app.notify_expiry();
    lambda.schedule(async |_, at, id| notify_expiry.run(at, id).await).await
}
