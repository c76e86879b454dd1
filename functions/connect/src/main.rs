//! Answers what people do with connectors: verify, save, look after and remove them.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, _) = lambda::start()?;
    lambda::http(app.serve(app.connect())).await
}
