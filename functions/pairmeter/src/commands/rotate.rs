//! `pairmeter rotate`

use shared::providers;
use shared::words::PollJob;

use super::{poll, token};
use crate::arguments;
use crate::failure::Done;
use crate::local_app::LocalApp;
use crate::show::{self, GOOD, styled};

pub(super) async fn run(local: &LocalApp, arguments: arguments::Rotate, json: bool) -> Done {
    let connector = super::find(local, &arguments.connector).await?;
    let mut credential = token::credential(&arguments.token)?;
    if let Some(provider) = providers::find(&connector.provider) {
        credential = token::as_named_by(provider.about(), credential);
    }
    let connector = local.app.rotate().run(&connector.id, credential, "command").await?;
    if !json {
        show::line(format_args!("{} {}: the new credential is in use", styled(GOOD, "rotated"), connector.name));
    }
    let job = PollJob::daily(&connector.id, local.app.clock.today());
    poll::foreground(local, &connector, job, json).await
}
