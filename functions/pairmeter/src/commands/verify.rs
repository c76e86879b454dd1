//! `pairmeter verify`

use std::process::ExitCode;

use shared::words::Verdict;

use super::token;
use crate::arguments;
use crate::failure::{Done, LATER, OWNER};
use crate::local_app::LocalApp;
use crate::show;

pub(super) async fn run(local: &LocalApp, arguments: arguments::Connection, json: bool) -> Done {
    let connection = token::connection(&arguments)?;
    let verification = local.app.verify().run(&connection).await?;
    if json {
        show::json(&verification);
    } else {
        show::verification(&verification);
    }
    Ok(match verification.verdict {
        Verdict::Valid => ExitCode::SUCCESS,
        Verdict::Invalid => ExitCode::from(OWNER),
        Verdict::Unknown => ExitCode::from(LATER),
    })
}
