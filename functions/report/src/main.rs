//! Serves reports about stored days. Its role cannot read secrets.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, _) = lambda::start()?;
    lambda::http(app.serve(app.report())).await
}
