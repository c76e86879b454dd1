//! `pairmeter verify`

use std::process::ExitCode;

use shared::words::Verdict;

use super::token;
use crate::arguments;
use crate::failure::{Done, LATER, OWNER};
use crate::show;
use crate::world::World;

pub(super) async fn run(world: &World, arguments: arguments::Connection, json: bool) -> Done {
    let connection = token::connection(&arguments)?;
    let verification = world.app.verify().run(&connection).await?;
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
