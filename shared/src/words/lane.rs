//! What shares one limit: so many requests in any stretch of time, whoever sends them.

use std::time::Duration;

/// What the way to a provider may take from one request and not from the next, as a part of the stretch: 3 s of a minute.
const UNEVENNESS: u32 = 20;

/// A refusal without a named wait lowers what is allowed to this part of what had been sent.
const CUT_TO: u32 = 2;
/// So many stretches later what was cut is allowed twice over, until the limit itself is allowed again.
const DOUBLED_AFTER: u32 = 10;
/// The longest time for which a lane is blocked where the provider names none.
const LONGEST_BLOCK: Duration = Duration::from_secs(15 * 60);

/// One credential or account under one of its provider's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Says nothing of the credential.
    pub name: String,
    pub requests: u32,
    pub within: Duration,
}

impl Lane {
    /// As far apart as two turns must be that have the limit between them.
    fn apart_ms(&self) -> i64 {
        millis(self.within + self.within / UNEVENNESS)
    }
}

/// What was booked in a lane, and what its provider refused; times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// In order of time.
    booked: Vec<i64>,
    blocked_until: i64,
    cut: Option<Cut>,
}

/// What a refusal without a named wait leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    /// When requests go again.
    from: i64,
    /// So many in a stretch, to begin with.
    requests: u32,
    /// So many refusals came, each right after the block of the one before.
    in_a_row: u32,
}

impl Turns {
    /// Books the next free moment if it is within `patience`; how long it is until then. No stretch, wherever it begins,
    /// ever holds more than the limit.
    pub fn book(&mut self, lane: &Lane, now: i64, patience: Duration) -> Duration {
        let limit = self.allowed(lane, now).max(1) as usize;
        let full = self.booked.len().checked_sub(limit).map(|at| self.booked[at] + lane.apart_ms());
        let at = now.max(self.blocked_until).max(full.unwrap_or(now));
        let wait = Duration::from_millis(at.abs_diff(now));
        if wait <= patience {
            self.booked.push(at);
            self.booked.sort_unstable();
            let excess = self.booked.len().saturating_sub(lane.requests.max(1) as usize);
            self.booked.drain(..excess);
        }
        wait
    }

    /// How many requests a stretch may hold: the limit, or what a refusal left of it and time gave back.
    fn allowed(&self, lane: &Lane, now: i64) -> u32 {
        let Some(cut) = self.cut else { return lane.requests };
        let stretches = u32::try_from((now - cut.from).max(0) / millis(lane.within).max(1)).unwrap_or(u32::MAX);
        let more = (cut.requests / DOUBLED_AFTER).max(1).saturating_mul(stretches);
        cut.requests.saturating_add(more).min(lane.requests)
    }

    /// The provider refused a request that had its turn. Of several that were under way at once, the first counts.
    pub fn refused(&mut self, lane: &Lane, now: i64, named: Option<Duration>) -> Duration {
        let is_known = now < self.blocked_until;
        match named {
            Some(wait) => self.block(now, wait),
            None if is_known => {}
            None => {
                let recent = self.booked.iter().filter(|at| (now - millis(lane.within)..=now).contains(*at)).count();
                let accepted = u32::try_from(recent).unwrap_or(u32::MAX).saturating_sub(1);
                let is_soon = |cut: &Cut| now - cut.from <= lane.apart_ms();
                let in_a_row = self.cut.filter(is_soon).map_or(0, |cut| cut.in_a_row + 1);
                let wait =
                    lane.within.saturating_mul(2u32.saturating_pow(in_a_row)).min(LONGEST_BLOCK.max(lane.within));
                let requests = (accepted / CUT_TO).min(self.allowed(lane, now)).max(1);
                self.cut = Some(Cut { from: now + millis(wait), requests, in_a_row });
                self.block(now, wait);
            }
        }
        self.blocked(now)
    }

    /// No request goes for so long: turns that were booked for this time are taken back.
    fn block(&mut self, now: i64, wait: Duration) {
        self.blocked_until = self.blocked_until.max(now.saturating_add(millis(wait)));
        let until = self.blocked_until;
        self.booked.retain(|at| *at <= now || *at >= until);
    }

    pub fn blocked(&self, now: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.blocked_until - now).unwrap_or(0))
    }

    /// As a store keeps it; see [`Turns::parse`]. Each turn is written as the time since the one before, so that a row
    /// stays small.
    pub fn as_text(&self) -> String {
        let cut = self.cut.map(|cut| format!("{},{},{}", cut.from, cut.requests, cut.in_a_row)).unwrap_or_default();
        let before = std::iter::once(0).chain(self.booked.iter().copied());
        let booked: Vec<String> =
            self.booked.iter().zip(before).map(|(at, before)| (at - before).to_string()).collect();
        format!("{};{cut};{}", self.blocked_until, booked.join(","))
    }

    /// A text that cannot be read is as if no turn had been booked: the provider refuses for itself.
    pub fn parse(text: &str) -> Self {
        let [blocked_until, cut, booked] = text.split(';').collect::<Vec<_>>()[..] else { return Self::default() };
        let mut at = 0;
        let apart = booked.split(',').filter_map(|apart| apart.parse::<i64>().ok());
        let booked = apart.map(|apart| {
            at += apart;
            at
        });
        let cut = match cut.split(',').collect::<Vec<_>>()[..] {
            [from, requests, in_a_row] => match (from.parse(), requests.parse(), in_a_row.parse()) {
                (Ok(from), Ok(requests), Ok(in_a_row)) => Some(Cut { from, requests, in_a_row }),
                _ => None,
            },
            _ => None,
        };
        Self { booked: booked.collect(), blocked_until: blocked_until.parse().unwrap_or(0), cut }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
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
    fn a_block_is_for_all_and_takes_back_the_turns_that_were_booked_for_it() {
        let mut turns = Turns::default();
        (0..25).for_each(|_| {
            let _ = turns.book(&lane(), 0, PATIENCE);
        });
        assert_eq!(turns.refused(&lane(), 10_000, Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert_eq!(turns.blocked(70_000), Duration::from_secs(30));
        // The five that were to go at 63 s have not gone: a whole stretch is free behind the block.
        (0..20).for_each(|_| assert_eq!(turns.book(&lane(), 90_000, PATIENCE), Duration::from_secs(10)));
        assert!(turns.book(&lane(), 90_000, PATIENCE) > PATIENCE);
        assert_eq!(turns.blocked(100_000), Duration::ZERO);
    }

    #[test]
    fn a_refusal_without_a_wait_halves_the_pace_which_recovers_slowly() {
        let mut turns = Turns::default();
        (0..12).for_each(|_| {
            let _ = turns.book(&lane(), 0, PATIENCE);
        });
        assert_eq!(turns.refused(&lane(), 0, None), Duration::from_secs(60));
        // Another that was under way says the same.
        assert_eq!(turns.refused(&lane(), 1000, None), Duration::from_secs(59));
        let allowed = |turns: &Turns, minutes: i64| turns.allowed(&lane(), minutes * 60_000);
        // Eleven were accepted; one more each minute, up to the limit.
        assert_eq!([1, 2, 6, 30].map(|minutes| allowed(&turns, minutes)), [5, 6, 10, 20]);
    }

    #[test]
    fn refusals_right_after_a_block_double_it() {
        let mut turns = Turns::default();
        let mut now = 0;
        let mut blocks = Vec::new();
        for _ in 0..6 {
            turns.book(&lane(), now, PATIENCE);
            let wait = turns.refused(&lane(), now, None);
            blocks.push(wait.as_secs());
            now += millis(wait);
        }
        assert_eq!(blocks, [60, 120, 240, 480, 900, 900]);
        // After a quiet time it begins anew.
        now += 3_600_000;
        turns.book(&lane(), now, PATIENCE);
        assert_eq!(turns.refused(&lane(), now, None), Duration::from_secs(60));
    }

    #[test]
    fn a_text_keeps_it_all() {
        let mut turns = Turns::default();
        assert_eq!(Turns::parse(&turns.as_text()), turns);
        (5..9).for_each(|now| {
            let _ = turns.book(&lane(), now, PATIENCE);
        });
        turns.refused(&lane(), 20, None);
        turns.book(&lane(), 30, PATIENCE);
        assert_eq!(Turns::parse(&turns.as_text()), turns);
        assert_eq!(Turns::parse("nonsense"), Turns::default());
    }
}
