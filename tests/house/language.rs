//! The words that the house does not use, in texts that people read: documents, the API description, the page, messages of
//! programs, and doc comments.

use shared::words::{Dataset, Level, NoticeKind};

use super::{files, shipped};

/// Words to replace, with the replacement that usually fits.
const BANNED: [(&str, &str); 34] = [
    ("anybody", "a person, any user"),
    ("custody", "credential history"),
    ("debris", "orphaned parts"),
    ("everybody", "all people, public"),
    ("lane", "rate limit"),
    ("lanes", "rate limits"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("nobody", "no person, unattributed, or say who does it"),
    ("nought", "zero"),
    ("noughts", "zeros"),
    ("somebody", "a person, an operator, an owner"),
    ("tells", "reports, shows, names"),
    ("trip", "request, run"),
    ("whatever", "any, regardless of"),
    ("whichever", "any, the ... that"),
    ("whoever", "the person who, all who"),
    // American English.
    ("behaviour", "behavior"),
    ("catalogue", "catalog"),
    ("centre", "center"),
    ("colour", "color"),
    ("colours", "colors"),
    ("favourite", "favorite"),
    ("licence", "seat or license"),
    ("licences", "seats or licenses"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
    ("optimised", "optimized"),
    ("organisation", "organization"),
    ("recognise", "recognize"),
    ("recognised", "recognized"),
    ("serialised", "serialized"),
    ("unrecognised", "unrecognized"),
];

/// `path:line: word (replacement)` for each banned word of a text. What stands in backticks is a name.
fn findings(path: &str, line: usize, text: &str) -> Vec<String> {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let words = prose.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase);
    let found = words.filter_map(|word| BANNED.iter().find(|(banned, _)| *banned == word));
    found.map(|(word, instead)| format!("{path}:{line}: {word} (better: {instead})")).collect()
}

fn assert_plain(texts: impl IntoIterator<Item = (String, usize, String)>) {
    let found: Vec<String> = texts.into_iter().flat_map(|(path, line, text)| findings(&path, line, &text)).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

/// The lines of files, numbered from 1.
fn lines(folder: &str, endings: &[&str]) -> Vec<(String, usize, String)> {
    let files = files(folder, endings).into_iter();
    files
        .flat_map(|(path, text)| {
            let lines: Vec<_> = (1..).zip(text.lines().map(str::to_owned)).collect();
            lines.into_iter().map(move |(number, line)| (path.clone(), number, line))
        })
        .collect()
}

/// The texts of a line between double quotes that are sentences: they have a space.
fn quoted(line: &str, quote: char) -> Vec<String> {
    let mut texts = Vec::new();
    let mut inside: Option<String> = None;
    let mut is_escaped = false;
    for c in line.chars() {
        match &mut inside {
            Some(text) if c == quote && !is_escaped => {
                texts.push(std::mem::take(text));
                inside = None;
            }
            Some(text) => text.push(c),
            None if c == quote => inside = Some(String::new()),
            None => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    texts.extend(inside);
    texts.retain(|text| text.contains(' '));
    texts
}

#[test]
fn documents_and_the_api_description_use_plain_words() {
    let documents = ["infra", "functions", "shared", "tests"].into_iter().flat_map(|folder| lines(folder, &[".md"]));
    let top = lines(".", &["README.md", "CONTRIBUTING.md", "template.yaml", "Makefile"]);
    let top = top.into_iter().filter(|(path, ..)| !path.contains('/'));
    let api = lines("infra", &["openapi.yaml"]).into_iter().filter(|(_, _, line)| !is_a_name(line));
    assert_plain(documents.chain(top).chain(api));
}

/// A path, a schema or an operation: names of the API, which may not change without a version.
fn is_a_name(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("$ref") || line.starts_with("operationId") || !line.contains(' ')
}

#[test]
fn doc_comments_use_plain_words() {
    let code = lines("shared/src", &[".rs"]).into_iter().chain(lines("functions", &[".rs"]));
    let is_doc = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("//!");
    assert_plain(code.filter(|(_, _, line)| is_doc(line)));
}

#[test]
fn messages_of_programs_use_plain_words() {
    let code = files("shared/src", &[".rs"]).into_iter().chain(files("functions", &[".rs"]));
    let code = code.filter(|(path, _)| !path.ends_with("/tests.rs"));
    assert_plain(code.flat_map(|(path, text)| {
        // Numbers of lines are those of the code without comments.
        let texts: Vec<_> = (1..)
            .zip(shipped(&text).lines())
            .flat_map(|(n, line)| quoted(line, '"').into_iter().map(move |t| (n, t)))
            .filter(|(_, text)| !is_sql(text))
            .collect();
        texts.into_iter().map(move |(number, text)| (path.clone(), number, text))
    }));
}

/// A statement, whose tables have the names of earlier versions.
fn is_sql(text: &str) -> bool {
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE "].iter().any(|verb| text.starts_with(verb))
}

#[test]
fn the_texts_of_the_page_use_plain_words() {
    let strings = lines("functions/admin/web/src/strings", &[".ts"]);
    let is_comment = |line: &str| {
        let line = line.trim_start();
        line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")
    };
    assert!(strings.len() > 100, "the strings of the page have moved");
    assert_plain(strings.into_iter().filter(|(_, _, line)| !is_comment(line)));
}

#[test]
fn a_banned_word_is_found_and_a_name_in_backticks_is_not() {
    assert_eq!(
        findings("a.md", 3, "Nobody: `whatever`, nobody_knows"),
        ["a.md:3: nobody (better: no person, unattributed, or say who does it)"]
    );
    assert_eq!(quoted(r#"f("no text", "a \"word\" here")"#, '"'), ["no text", r#"a \"word\" here"#]);
}

#[test]
fn links_of_documents_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for (path, text) in ["infra", "functions", "shared", "tests"]
        .into_iter()
        .flat_map(|folder| files(folder, &[".md"]))
        .chain(files(".", &["README.md", "CONTRIBUTING.md"]).into_iter().filter(|(path, _)| !path.contains('/')))
    {
        let folder = super::root().join(&path);
        let folder = folder.parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { super::root().join(&path) } else { folder.join(file) };
            let is_there = target.exists()
                && (heading.is_empty()
                    || headings(&std::fs::read_to_string(&target).unwrap()).any(|known| known == heading));
            if !is_there {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

/// The anchors of a document's headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    titles.map(|title| {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    })
}

#[test]
fn the_glossary_has_every_value_that_a_row_or_a_notice_can_have() {
    let text = std::fs::read_to_string(super::root().join("CONTRIBUTING.md")).unwrap();
    let glossary = text.split("\n## ").find(|section| section.starts_with("Glossary")).expect("a glossary");
    let datasets = Dataset::ALL.map(Dataset::as_str).into_iter();
    let levels = Level::ALL.map(Level::as_str);
    let kinds = NoticeKind::ALL.map(NoticeKind::as_str);
    let missing: Vec<_> =
        datasets.chain(levels).chain(kinds).filter(|word| !glossary.contains(&format!("`{word}`"))).collect();
    assert_eq!(missing, [""; 0]);
}
