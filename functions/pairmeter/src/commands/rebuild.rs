//! `pairmeter rebuild`

use std::process::ExitCode;

use serde_json::json;

use crate::failure::{Done, Failure};
use crate::local_app::LocalApp;
use crate::show::{self, BAD, GOOD, styled};

pub(super) async fn run(local: &LocalApp, name: Option<&str>, json: bool) -> Done {
    let connectors = match name {
        Some(name) => vec![super::find(local, name).await?],
        None => super::all(local).await?,
    };
    if connectors.is_empty() {
        return Err(Failure::Usage("nothing is connected, so there is nothing to rebuild".to_owned()));
    }
    let mut code = ExitCode::SUCCESS;
    let mut summaries = Vec::new();
    for connector in connectors {
        let bar = show::Bar::new(&connector.name);
        let rebuilt = local.app.rebuild().run(&connector.id, &bar).await;
        bar.finish();
        let rebuilt = rebuilt?;
        if !rebuilt.failed.is_empty() {
            code = ExitCode::FAILURE;
        }
        if json {
            summaries.push(json!({
                "connector": connector.id,
                "days": rebuilt.days,
                "records": rebuilt.records,
                "segments_changed": rebuilt.changed,
                "failed": rebuilt.failed,
            }));
            continue;
        }
        let outcome = if rebuilt.failed.is_empty() { styled(GOOD, "ok") } else { styled(BAD, "partial") };
        show::line(format_args!(
            "{outcome}  {}: {} days, {} records read again, {} segments changed",
            connector.name, rebuilt.days, rebuilt.records, rebuilt.changed
        ));
        for failure in &rebuilt.failed {
            show::line(format_args!("  {failure}"));
        }
    }
    match summaries.first() {
        Some(one) if name.is_some() => show::json(one),
        Some(_) => show::json(&json!({"rebuilds": summaries})),
        None => {}
    }
    Ok(code)
}
