//! Refusals of the Codex analytics API.

use Verdict::{Invalid, Unknown, Valid};

use super::*;

#[tokio::test]
async fn each_sandbox_word_has_its_own_answer() {
    let table = [
        ("octo", "sk-admin-0000", Valid, "ppspppp"),
        ("octo-empty", "sk-admin-0000", Valid, "ppspppw"),
        ("octo", "sk-admin-noscope", Invalid, "ppsfsss"),
        ("missing", "sk-admin-0000", Invalid, "ppsssfs"),
        ("octo", "sk-admin-dead", Invalid, "fssssss"),
        ("octo-http503", "sk-admin-0000", Unknown, "usssssu"),
    ];
    assert_answers("codex", &table).await;
}
