//! What shares one limit: so many requests in any stretch of time, whoever sends them.

use std::time::Duration;

/// What the way to a provider may take from one request and not from the next, as a part of the stretch: 3 s of a minute.
const UNEVENNESS: u32 = 20;

/// One credential under one of its provider's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Tells nothing of the credential.
    pub name: String,
    pub requests: u32,
    pub within: Duration,
}

impl Lane {
    /// As far apart as two turns must be that have the limit between them.
    fn apart_ms(&self) -> i64 {
        (self.within + self.within / UNEVENNESS).as_millis() as i64
    }
}

/// The moments that were booked in a lane, and until when nobody goes: milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    booked: Vec<i64>,
    held_until: i64,
}

impl Turns {
    /// Books the next free moment if it is within `patience`; how long it is until then. No stretch, wherever it begins,
    /// ever holds more than the limit.
    pub fn book(&mut self, lane: &Lane, now: i64, patience: Duration) -> Duration {
        let limit = lane.requests.max(1) as usize;
        let full = self.booked.len().checked_sub(limit).map(|at| self.booked[at] + lane.apart_ms());
        let at = now.max(self.held_until).max(full.unwrap_or(now));
        let wait = Duration::from_millis(at.abs_diff(now));
        if wait <= patience {
            self.booked.push(at);
            self.booked.sort_unstable();
            let excess = self.booked.len().saturating_sub(limit);
            self.booked.drain(..excess);
        }
        wait
    }

    /// Nobody goes before `until`.
    pub fn hold(&mut self, until: i64) {
        self.held_until = self.held_until.max(until);
    }

    /// As a store keeps it; see [`Turns::parse`].
    pub fn as_text(&self) -> String {
        let booked: Vec<String> = self.booked.iter().map(i64::to_string).collect();
        format!("{};{}", self.held_until, booked.join(","))
    }

    /// What cannot be read is as if nobody had booked: the provider says no for itself.
    pub fn parse(text: &str) -> Self {
        let (held, booked) = text.split_once(';').unwrap_or_default();
        let booked = booked.split(',').filter_map(|at| at.parse().ok()).collect();
        Self { booked, held_until: held.parse().unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(65);

    fn lane() -> Lane {
        Lane { name: "team".to_owned(), requests: 20, within: Duration::from_secs(60) }
    }

    #[test]
    fn no_minute_holds_more_than_the_limit_however_the_requests_come() {
        let mut turns = Turns::default();
        let mut sent = Vec::new();
        // A burst, a pause, and another burst across the turn of the minute.
        for now in (0..30).map(|at| at * 100).chain((0..80).map(|at| 55_000 + at * 250)) {
            let wait = turns.book(&lane(), now, PATIENCE);
            if wait <= PATIENCE {
                sent.push(now + wait.as_millis() as i64);
            }
        }
        sent.sort_unstable();
        assert!(sent.len() >= 60, "{}", sent.len());
        for (at, start) in sent.iter().enumerate() {
            let within = sent[at..].iter().filter(|other| **other < start + 60_000).count();
            assert!(within <= 20, "{within} from {start} on");
        }
    }

    #[test]
    fn what_is_beyond_the_patience_books_nothing() {
        let mut turns = Turns::default();
        (0..20).for_each(|_| assert_eq!(turns.book(&lane(), 0, PATIENCE), Duration::ZERO));
        let before = turns.clone();
        assert_eq!(turns.book(&lane(), 1000, Duration::from_secs(3)), Duration::from_secs(62));
        assert_eq!(turns, before);
    }

    #[test]
    fn a_hold_is_for_everybody_and_a_text_keeps_it_all() {
        let mut turns = Turns::default();
        turns.book(&lane(), 5, PATIENCE);
        turns.hold(30_000);
        assert_eq!(turns.book(&lane(), 10_000, PATIENCE), Duration::from_secs(20));
        assert_eq!(Turns::parse(&turns.as_text()), turns);
        assert_eq!(Turns::parse("nonsense"), Turns::default());
    }
}
