//! The sandbox's raw files, fetched and summed without the code under test.
//!
//! Definitions: `facts/github.md` sections 2.1 to 2.7, and the provider's module documentation for "engaged".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use shared::words::{Account, Day};

use crate::rows::{Plain, sort};
use crate::sandbox_world::TOKEN;

pub struct Oracle {
    client: reqwest::Client,
    base: String,
    path: String,
    slug: String,
    is_enterprise: bool,
}

impl Oracle {
    #[expect(clippy::disallowed_methods, reason = "a client that shares nothing with the one under test")]
    pub fn new(base: &str, account: &Account) -> Oracle {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let is_enterprise = account.kind == "enterprise";
        let kind = if is_enterprise { "enterprises" } else { "orgs" };
        Oracle {
            client: reqwest::Client::builder().user_agent("oracle").no_proxy().build().unwrap(),
            base: base.to_owned(),
            path: format!("{kind}/{}", account.slug),
            slug: account.slug.clone(),
            is_enterprise,
        }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}/{path}", self.base)).bearer_auth(TOKEN);
        request.send().await.unwrap()
    }

    /// All records of all files of a report; `None` if there is no report.
    pub async fn records(&self, report: &str, day: Option<Day>) -> Option<Vec<Value>> {
        let path = match day {
            Some(day) => format!("{}/copilot/metrics/reports/{report}?day={day}", self.path),
            None => format!("{}/copilot/metrics/reports/{report}/latest", self.path),
        };
        let answer = self.get(&path).await;
        if answer.status() != 200 {
            return None;
        }
        let envelope: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let mut records = Vec::new();
        for link in envelope["download_links"].as_array()? {
            let path = link.as_str().unwrap().splitn(4, '/').nth(3).unwrap();
            let file = self.client.get(format!("{}/{path}", self.base)).send().await.unwrap();
            assert_eq!(file.status(), 200);
            records.extend(values(&file.bytes().await.unwrap()));
        }
        Some(records)
    }

    async fn account_record(&self, day: Day) -> Option<Value> {
        let name = if self.is_enterprise { "enterprise-1-day" } else { "organization-1-day" };
        self.records(name, Some(day)).await?.into_iter().next()
    }

    /// Each person once, even if several files have them.
    pub async fn people(&self, day: Day) -> Option<Vec<Value>> {
        let mut seen = BTreeSet::new();
        let records = self.records("users-1-day", Some(day)).await?;
        Some(records.into_iter().filter(|record| seen.insert(id(&record["user_id"]))).collect())
    }

    pub async fn activity(&self, day: Day) -> Vec<Plain> {
        let mut teams_of: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let mut names: BTreeMap<u64, String> = BTreeMap::new();
        let mut idle: BTreeMap<String, Value> = BTreeMap::new();
        for record in self.records("user-teams-1-day", Some(day)).await.unwrap_or_default() {
            let team: u64 = id(&record["team_id"]).parse().unwrap();
            teams_of.entry(id(&record["user_id"])).or_default().insert(team);
            names.insert(team, record["slug"].as_str().unwrap().to_owned());
            idle.insert(id(&record["user_id"]), record["user_login"].clone());
        }
        let mut rows = Vec::new();
        let mut teams: BTreeMap<u64, Plain> = BTreeMap::new();
        let people = self.people(day).await;
        let mut of_all = Plain::new();
        for record in people.iter().flatten() {
            let mut metrics = metrics(record);
            metrics.insert("active".to_owned(), json!(1));
            if let Some(engaged) = engaged(record) {
                metrics.insert("engaged".to_owned(), json!(i64::from(engaged)));
            }
            let subject = id(&record["user_id"]);
            idle.remove(&subject);
            let member_of = teams_of.get(&subject).cloned().unwrap_or_default();
            for team in &member_of {
                add(teams.entry(*team).or_default(), &metrics);
            }
            add(&mut of_all, &metrics);
            metrics.insert("level".to_owned(), json!("user"));
            metrics.insert("subject".to_owned(), json!(subject));
            metrics.insert("name".to_owned(), record["user_login"].clone());
            if !member_of.is_empty() {
                metrics.insert("teams".to_owned(), list_of(&member_of));
            }
            rows.push(metrics);
        }
        for (subject, name) in idle {
            let teams = list_of(&teams_of[&subject]);
            let row = [("level", json!("member")), ("subject", json!(subject)), ("name", name), ("teams", teams)];
            rows.push(row.map(|(column, value)| (column.to_owned(), value)).into());
        }
        for (team, mut metrics) in teams {
            metrics.insert("level".to_owned(), json!("team"));
            metrics.insert("subject".to_owned(), json!(team.to_string()));
            metrics.insert("name".to_owned(), json!(names[&team]));
            rows.push(metrics);
        }
        if let Some(record) = self.account_record(day).await {
            let mut metrics = metrics(&record);
            metrics.insert("level".to_owned(), json!("organization"));
            metrics.insert("subject".to_owned(), json!(self.slug));
            metrics.insert("name".to_owned(), json!(self.slug));
            metrics.insert("active".to_owned(), record["daily_active_users"].clone());
            // Numbers that only the people's records have.
            for name in ["engaged", "micro_credits"] {
                if let Some(sum) = of_all.get(name) {
                    metrics.insert(name.to_owned(), sum.clone());
                }
            }
            rows.push(metrics);
        }
        sort(&mut rows);
        rows
    }

    pub async fn breakdown(&self, day: Day) -> Vec<Plain> {
        let mut rows = Vec::new();
        for record in self.people(day).await.iter().flatten() {
            rows.extend(breakdown("user", &id(&record["user_id"]), record));
        }
        if let Some(record) = self.account_record(day).await {
            rows.extend(breakdown("organization", &self.slug, &record));
        }
        sort(&mut rows);
        rows
    }

    pub async fn pull_requests(&self, day: Day) -> Vec<Plain> {
        let mut rows = Vec::new();
        for record in self.records("repos-1-day", Some(day)).await.unwrap_or_default() {
            let name =
                format!("{}/{}", record["repo_owner_name"].as_str().unwrap(), record["repo_name"].as_str().unwrap());
            rows.push(pulls("repository", &id(&record["repo_id"]), &name, &record["pull_requests"]));
        }
        if let Some(record) = self.account_record(day).await
            && record.get("pull_requests").is_some()
        {
            rows.push(pulls("organization", &self.slug, &self.slug, &record["pull_requests"]));
        }
        sort(&mut rows);
        rows
    }

    /// Page by page until an empty one; each person once, with the e-mail address that GitHub has.
    pub async fn seats(&self) -> Vec<Plain> {
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        let addresses = self.addresses().await;
        for page in 1.. {
            let path = format!("{}/copilot/billing/seats?per_page=37&page={page}", self.path);
            let page: Value = serde_json::from_slice(&self.get(&path).await.bytes().await.unwrap()).unwrap();
            let seats = page["seats"].as_array().unwrap();
            if seats.is_empty() {
                break;
            }
            for seat in seats {
                let holder = &seat["assignee"];
                if !holder.is_null() && !seen.insert(id(&holder["id"])) {
                    continue;
                }
                let mut row = Plain::new();
                row.insert("level".to_owned(), json!("user"));
                row.insert(
                    "subject".to_owned(),
                    json!(if holder.is_null() { String::new() } else { id(&holder["id"]) }),
                );
                for (column, value) in [
                    ("name", &holder["login"]),
                    ("plan", &seat["plan_type"]),
                    ("last_activity_in", &seat["last_activity_editor"]),
                    ("assigning_team", &seat["assigning_team"]["slug"]),
                    ("pending_cancellation", &seat["pending_cancellation_date"]),
                ] {
                    if !value.is_null() {
                        row.insert(column.to_owned(), value.clone());
                    }
                }
                for (column, value) in
                    [("assigned_at", &seat["created_at"]), ("last_activity_at", &seat["last_activity_at"])]
                {
                    if let Some(text) = value.as_str() {
                        let time: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
                        row.insert(column.to_owned(), json!(time.timestamp_millis()));
                    }
                }
                if let Some(email) = addresses.get(&id(&holder["id"])) {
                    row.insert("email".to_owned(), json!(email));
                }
                rows.push(row);
            }
        }
        sort(&mut rows);
        rows
    }

    /// All nodes of a list in GitHub's graph; `around` are the enclosing objects, outermost first.
    async fn nodes(&self, around: &[&str], list: &str, fields: &str) -> Vec<Value> {
        let root = if self.is_enterprise { "enterprise(slug:" } else { "organization(login:" };
        let (mut nodes, mut after) = (Vec::new(), Value::Null);
        loop {
            let inside = format!("{list}(first:7,after:$after){{nodes{{{fields}}}pageInfo{{hasNextPage endCursor}}}}");
            let inside = around.iter().rev().fold(inside, |inside, name| format!("{name}{{{inside}}}"));
            let query = format!("query($slug:String!,$after:String){{{root}$slug){{{inside}}}}}");
            let body = json!({"query": query, "variables": {"slug": self.slug, "after": after}}).to_string();
            let request = self.client.post(format!("{}/graphql", self.base)).bearer_auth(TOKEN).body(body);
            let answer = request.send().await.unwrap().bytes().await.unwrap();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let mut at = answer["data"].as_object().unwrap().values().next().unwrap();
            around.iter().for_each(|name| at = &at[name]);
            let Some(page) = at[list].as_object() else { return nodes };
            nodes.extend(page["nodes"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false {
                return nodes;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// The e-mail address of each person, from the source with the highest rank to the one with the lowest.
    async fn addresses(&self) -> BTreeMap<String, String> {
        let fields = "user{databaseId} scimIdentity{username emails{value primary}} samlIdentity{nameId emails{value}}";
        let mut found = BTreeMap::new();
        let mut add = |user: &Value, email: &Value| {
            if let Some(email) = email.as_str().filter(|email| email.contains('@') && !email.contains('#')) {
                found.entry(id(user)).or_insert_with(|| email.to_lowercase());
            }
        };
        let providers: &[&[&str]] = if self.is_enterprise {
            &[&["ownerInfo", "samlIdentityProvider"], &["ownerInfo", "oidcProvider"]]
        } else {
            &[&["samlIdentityProvider"]]
        };
        for provider in providers {
            for node in self.nodes(provider, "externalIdentities", fields).await {
                let user = &node["user"]["databaseId"];
                add(user, &node["scimIdentity"]["emails"][0]["value"]);
                add(user, &node["samlIdentity"]["emails"][0]["value"]);
                add(user, &node["samlIdentity"]["nameId"]);
            }
        }
        if !self.is_enterprise {
            let fields = "databaseId organizationVerifiedDomainEmails(login:$slug)";
            for node in self.nodes(&[], "membersWithRole", fields).await {
                add(&node["databaseId"], &node["organizationVerifiedDomainEmails"][0]);
            }
        }
        found
    }
}

/// Consecutive JSON values, with arrays flattened.
pub fn values(bytes: &[u8]) -> Vec<Value> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
        match value.unwrap() {
            Value::Array(several) => values.extend(several),
            value => values.push(value),
        }
    }
    values
}

fn list_of(teams: &BTreeSet<u64>) -> Value {
    let list: Vec<String> = teams.iter().map(u64::to_string).collect();
    json!(list.join(","))
}

pub fn id(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        number => number.to_string(),
    }
}

pub fn count(value: &Value, name: &str) -> Option<i64> {
    value.get(name)?.as_i64()
}

/// A prompt or an accepted suggestion; unknown without either field.
pub fn engaged(record: &Value) -> Option<bool> {
    let prompts = count(record, "user_initiated_interaction_count");
    let accepted = count(record, "code_acceptance_activity_count");
    (prompts.is_some() || accepted.is_some()).then(|| prompts > Some(0) || accepted > Some(0))
}

fn add(sum: &mut Plain, part: &Plain) {
    for (name, value) in part.iter().filter(|(_, value)| value.is_i64()) {
        let sum = sum.entry(name.clone()).or_insert(json!(0));
        *sum = json!(sum.as_i64().unwrap() + value.as_i64().unwrap());
    }
}

/// Sum of one counter over the splits of a list that pass; `None` if no split has it.
pub fn sum(record: &Value, list: &str, counter: &str, pass: impl Fn(&Value) -> bool) -> Option<i64> {
    let splits = record.get(list)?.as_array()?;
    splits.iter().filter(|split| pass(split)).filter_map(|split| count(split, counter)).reduce(|a, b| a + b)
}

fn metrics(record: &Value) -> Plain {
    let mut row = Plain::new();
    let mut put = |name: &str, value: Option<i64>| {
        if let Some(value) = value {
            row.insert(name.to_owned(), json!(value));
        }
    };
    put("lines_added", count(record, "loc_added_sum"));
    put("lines_deleted", count(record, "loc_deleted_sum"));
    // Credits are in tenths, so that the rounded product is exact.
    put(
        "micro_credits",
        record.get("ai_credits_used").and_then(Value::as_f64).map(|credits| (credits * 1e6).round() as i64),
    );
    let sessions = ["totals_by_cli", "totals_by_copilot_app", "totals_by_vscode_agent"];
    put(
        "sessions",
        sessions.iter().filter_map(|client| count(record.get(client)?, "session_count")).reduce(|a, b| a + b),
    );
    if record.get("totals_by_feature").is_some() {
        let of = |counter: &str, pass: &dyn Fn(&str) -> bool| {
            Some(
                sum(record, "totals_by_feature", counter, |split| pass(split["feature"].as_str().unwrap()))
                    .unwrap_or(0),
            )
        };
        let completion = |feature: &str| feature == "code_completion";
        put("completions_suggested", of("code_generation_activity_count", &completion));
        put("completions_accepted", of("code_acceptance_activity_count", &completion));
        put("lines_suggested", of("loc_suggested_to_add_sum", &completion));
        put("lines_accepted", of("loc_added_sum", &completion));
        put("chat_turns", of("user_initiated_interaction_count", &|feature| feature.starts_with("chat_")));
        let agents = ["chat_panel_agent_mode", "agent_edit", "copilot_cli", "copilot_app"];
        put("agent_requests", of("user_initiated_interaction_count", &|feature| agents.contains(&feature)));
    }
    row
}

fn breakdown(level: &str, subject: &str, record: &Value) -> Vec<Plain> {
    let mut rows = Vec::new();
    let row = |dimension: &str, value: &str| {
        let keys = [("level", level), ("subject", subject), ("dimension", dimension), ("value", value)];
        keys.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect::<Plain>()
    };
    for (dimension, list, key) in [
        ("editor", "totals_by_ide", "ide"),
        ("feature", "totals_by_feature", "feature"),
        ("language", "totals_by_language_feature", "language"),
        ("model", "totals_by_model_feature", "model"),
    ] {
        let splits = record.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let names: BTreeSet<&str> = splits.iter().filter_map(|split| split[key].as_str()).collect();
        for name in names {
            let mut row = row(dimension, name);
            for (column, counter, completions_only) in [
                ("interactions", "user_initiated_interaction_count", false),
                ("generations", "code_generation_activity_count", false),
                ("acceptances", "code_acceptance_activity_count", false),
                ("lines_suggested", "loc_suggested_to_add_sum", false),
                ("lines_added", "loc_added_sum", false),
                ("lines_deleted", "loc_deleted_sum", false),
                ("completions_suggested", "code_generation_activity_count", true),
                ("completions_accepted", "code_acceptance_activity_count", true),
            ] {
                let pass =
                    |split: &Value| split[key] == name && (!completions_only || split["feature"] == "code_completion");
                if let Some(sum) = sum(record, list, counter, pass) {
                    row.insert(column.to_owned(), json!(sum));
                }
            }
            rows.push(row);
        }
    }
    for (client, list, prompts) in [
        ("copilot_cli", "totals_by_cli", "prompt_count"),
        ("copilot_app", "totals_by_copilot_app", "prompt_count"),
        ("vscode_agent", "totals_by_vscode_agent", "total_user_messages"),
    ] {
        if let Some(totals) = record.get(list).filter(|totals| totals.is_object()) {
            let mut row = row("client", client);
            for (column, counter) in
                [("interactions", prompts), ("sessions", "session_count"), ("requests", "request_count")]
            {
                if let Some(count) = count(totals, counter) {
                    row.insert(column.to_owned(), json!(count));
                }
            }
            rows.push(row);
        }
    }
    for agent in record.get("totals_by_3rd_party_agent").and_then(Value::as_array).into_iter().flatten() {
        let mut row = row("tool", agent["agent_name"].as_str().unwrap());
        for (column, counter) in [("interactions", "user_initiated_interaction_count"), ("sessions", "session_count")] {
            if let Some(count) = count(agent, counter) {
                row.insert(column.to_owned(), json!(count));
            }
        }
        rows.push(row);
    }
    rows
}

fn pulls(level: &str, subject: &str, name: &str, totals: &Value) -> Plain {
    let mut row = Plain::from([
        ("level".to_owned(), json!(level)),
        ("subject".to_owned(), json!(subject)),
        ("name".to_owned(), json!(name)),
    ]);
    let none = Map::new();
    let totals = totals.as_object().unwrap_or(&none);
    for (field, column) in [
        ("total_created", "created"),
        ("total_reviewed", "reviewed"),
        ("total_merged", "merged"),
        ("total_created_by_copilot", "created_by_copilot"),
        ("total_reviewed_by_copilot", "reviewed_by_copilot"),
        ("total_merged_created_by_copilot", "merged_created_by_copilot"),
        ("total_merged_reviewed_by_copilot", "merged_reviewed_by_copilot"),
        ("total_suggestions", "suggestions"),
        ("total_applied_suggestions", "suggestions_applied"),
        ("total_copilot_suggestions", "copilot_suggestions"),
        ("total_copilot_applied_suggestions", "copilot_suggestions_applied"),
    ] {
        if let Some(count) = totals.get(field).and_then(Value::as_i64) {
            row.insert(column.to_owned(), json!(count));
        }
    }
    for (field, column) in [
        ("median_minutes_to_merge", "median_minutes_to_merge"),
        ("median_minutes_to_merge_copilot_authored", "median_minutes_to_merge_copilot_authored"),
        ("median_minutes_to_merge_copilot_reviewed", "median_minutes_to_merge_copilot_reviewed"),
    ] {
        if let Some(minutes) = totals.get(field).and_then(Value::as_f64) {
            row.insert(column.to_owned(), json!(minutes));
        }
    }
    row
}
