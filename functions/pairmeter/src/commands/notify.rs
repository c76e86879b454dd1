//! `pairmeter notify`: sends notices immediately, as the daily run does.

use std::process::ExitCode;

use serde_json::json;

use crate::failure::Done;
use crate::local_app::LocalApp;
use crate::show::{self, BAD, GOOD, QUIET, styled};

pub(super) async fn run(local: &LocalApp, json: bool) -> Done {
    let summary = local.app.notify_expiry().run(local.app.clock.now(), "command-line").await?;
    let code = if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        show::json(&json!({
            "connectors": summary.connectors,
            "told": summary.told,
            "mails": summary.mails,
            "failed": summary.failed,
            "owner_must_act": summary.owner_must_act,
            "without_new_data": summary.without_new_data,
            "tokens_below_3_days": summary.tokens_below_3_days,
            "mail_unconfirmed": summary.mail_unconfirmed,
        }));
        return Ok(code);
    }
    show::line(match (summary.told, summary.failed) {
        (0, 0) => styled(GOOD, format_args!("no new notices for {} connectors", summary.connectors)),
        (told, 0) => styled(GOOD, format_args!("sent {told} in {}", mails(summary.mails))),
        (told, failed) => {
            let mails = mails(summary.mails);
            styled(BAD, format_args!("sent {told} in {mails}; {failed} failed and will be retried: see the log"))
        }
    });
    for notice in local.app.notices.list().await.map_err(shared::error::Error::from)? {
        show::line(format_args!("  {}  {}", styled(QUIET, notice.since.format("%Y-%m-%d")), notice.detail));
    }
    super::show_delivery(local).await?;
    Ok(code)
}

fn mails(count: u64) -> String {
    if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") }
}
