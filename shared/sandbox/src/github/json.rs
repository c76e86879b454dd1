//! A JSON writer for the bulk of a report: it appends to one buffer and allocates nothing.

/// Text is written unescaped: everything the sandbox writes is free of quotes and control characters.
#[derive(Default)]
pub(crate) struct Json {
    pub(crate) bytes: Vec<u8>,
}

impl Json {
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Json)) {
        self.separate();
        self.bytes.push(b'{');
        fill(self);
        self.bytes.push(b'}');
    }

    /// A named list; `fill` writes all of its elements.
    pub(crate) fn list(&mut self, name: &str, fill: impl FnOnce(&mut Json)) {
        self.name(name);
        self.bytes.push(b'[');
        fill(self);
        self.bytes.push(b']');
    }

    pub(crate) fn nested(&mut self, name: &str, fill: impl FnOnce(&mut Json)) {
        self.name(name);
        self.bytes.push(b'{');
        fill(self);
        self.bytes.push(b'}');
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.push(b'"');
    }

    pub(crate) fn number(&mut self, name: &str, value: impl Into<u64>) {
        self.name(name);
        self.digits(value.into());
    }

    /// A number as text, as GitHub writes some IDs.
    pub(crate) fn number_as_text(&mut self, name: &str, value: u64) {
        self.name(name);
        self.bytes.push(b'"');
        self.digits(value);
        self.bytes.push(b'"');
    }

    pub(crate) fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(crate) fn null(&mut self, name: &str) {
        self.name(name);
        self.bytes.extend_from_slice(b"null");
    }

    /// A number with one decimal; `125` tenths are 12.5.
    pub(crate) fn tenths(&mut self, name: &str, value: u64) {
        self.name(name);
        self.digits(value / 10);
        self.bytes.push(b'.');
        self.digits(value % 10);
    }

    /// The quotient with two decimals.
    pub(crate) fn ratio(&mut self, name: &str, dividend: u64, divisor: u64) {
        self.name(name);
        let hundredths = (dividend * 100).checked_div(divisor).unwrap_or(0);
        self.digits(hundredths / 100);
        self.bytes.extend_from_slice(&[b'.', b'0' + (hundredths / 10 % 10) as u8]);
        if !hundredths.is_multiple_of(10) {
            self.bytes.push(b'0' + (hundredths % 10) as u8);
        }
    }

    pub(crate) fn line_end(&mut self) {
        self.bytes.push(b'\n');
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }

    /// Writes a comma between two values.
    fn separate(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':' | b'\n')) {
            self.bytes.push(b',');
        }
    }

    fn digits(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(&digits[at..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_json_parses_to_the_same_values() {
        let mut json = Json::default();
        json.object(|json| {
            json.tenths("credits", 125);
            json.ratio("third", 1, 3);
            json.ratio("none", 1, 0);
            json.number("big", u64::MAX);
            json.number_as_text("id", 7);
            json.list("rows", |json| (0..2u64).for_each(|at| json.object(|json| json.number("at", at))));
            json.nested("empty", |_| {});
            json.null("nothing");
            json.flag("yes", true);
        });
        let read: serde_json::Value = serde_json::from_slice(&json.bytes).unwrap();
        let expected = serde_json::json!({
            "credits": 12.5, "third": 0.33, "none": 0.0, "big": u64::MAX, "id": "7", "rows": [{"at": 0}, {"at": 1}],
            "empty": {}, "nothing": null, "yes": true,
        });
        assert_eq!(read, expected);
    }
}
