//! Serves the admin app. It has no access to tables, tokens or people.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, lambda) = lambda::start()?;
    lambda::http(app.admin(lambda.page(web::file))).await
}
