//! Hands out the admin app; it knows no table, no token and no person.
use shared::runtime::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (app, lambda) = lambda::start()?;
    lambda::http(app.admin(lambda.page(web::file))).await
}
