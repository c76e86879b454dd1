//! Serves the API for connectors: verify, save, update and remove them.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, _) = lambda::start()?;
    lambda::http(app.serve(app.connect())).await
}
