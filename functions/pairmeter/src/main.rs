//! Pairmeter in one process: the command line, and `serve`, which runs all functions on the embedded store.

mod arguments;
mod commands;
mod failure;
mod local_app;
mod show;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let json = arguments.json;
    match commands::run(arguments).await {
        Ok(_) if show::has_lost_a_line() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(failure) => {
            show::failure(&failure, json);
            failure.code()
        }
    }
}
