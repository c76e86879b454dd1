//! `pairmeter notify`: what the daily run does, now.

use std::process::ExitCode;

use serde_json::json;

use crate::failure::Done;
use crate::show::{self, BAD, GOOD, QUIET, styled};
use crate::world::World;

pub(super) async fn run(world: &World, json: bool) -> Done {
    let found = world.app.notify_expiry().run(world.app.clock.now(), "command-line").await?;
    let code = if found.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        show::json(&json!({
            "connectors": found.connectors,
            "told": found.told,
            "mails": found.mails,
            "failed": found.failed,
            "owner_must_act": found.owner_must_act,
            "without_new_data": found.without_new_data,
            "tokens_below_3_days": found.tokens_below_3_days,
            "mail_unconfirmed": found.mail_unconfirmed,
        }));
        return Ok(code);
    }
    show::line(match (found.told, found.failed) {
        (0, 0) => styled(GOOD, format_args!("nothing new to tell about {} connectors", found.connectors)),
        (told, 0) => styled(GOOD, format_args!("sent {told} in {}", mails(found.mails))),
        (told, failed) => {
            let mails = mails(found.mails);
            styled(BAD, format_args!("sent {told} in {mails}; {failed} failed and are tried again: see the log"))
        }
    });
    for notice in world.app.notices.list().await.map_err(shared::error::Error::from)? {
        show::line(format_args!("  {}  {}", styled(QUIET, notice.since.format("%Y-%m-%d")), notice.detail));
    }
    super::show_delivery(world).await?;
    Ok(code)
}

fn mails(count: u64) -> String {
    if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") }
}
