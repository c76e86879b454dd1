//! Rate limits and the reservations against them: at most a number of requests within any period.

use std::time::Duration;

/// Safety margin for uneven network latency, as a fraction of the period: 3 s of a minute.
const LATENCY_MARGIN: u32 = 20;

/// A refusal without a named wait divides the allowed requests by this number.
const REDUCED_BY: u32 = 2;
/// After this many periods the reduced number has doubled. It grows until the full limit is allowed again.
const DOUBLED_AFTER: u32 = 10;
/// The longest block after a refusal without a named wait.
const LONGEST_BLOCK: Duration = Duration::from_secs(15 * 60);

/// One credential or account under one of its provider's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Reveals nothing of the credential.
    pub name: String,
    pub requests: u32,
    pub within: Duration,
}

impl RateLimit {
    /// Minimum distance between two requests that are a full limit apart.
    fn period_ms(&self) -> i64 {
        millis(self.within + self.within / LATENCY_MARGIN)
    }
}

/// The reservations against a limit, and the provider's refusals. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservations {
    /// Ordered by time.
    reserved: Vec<i64>,
    blocked_until: i64,
    reduced: Option<ReducedLimit>,
}

/// The reduced limit after a refusal without a named wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ReducedLimit {
    /// When requests are sent again.
    from: i64,
    /// Initially allowed requests per period.
    requests: u32,
    /// Number of consecutive refusals, each right after the previous block.
    in_a_row: u32,
}

impl Reservations {
    /// Reserves the next free moment if it is within `patience`, and returns the time until then. No period, wherever
    /// it begins, ever holds more requests than the limit.
    pub fn reserve(&mut self, limit: &RateLimit, now: i64, patience: Duration) -> Duration {
        let allowed = self.allowed(limit, now).max(1) as usize;
        let full = self.reserved.len().checked_sub(allowed).map(|at| self.reserved[at] + limit.period_ms());
        let at = now.max(self.blocked_until).max(full.unwrap_or(now));
        let wait = Duration::from_millis(at.abs_diff(now));
        if wait <= patience {
            self.reserved.push(at);
            self.reserved.sort_unstable();
            let excess = self.reserved.len().saturating_sub(limit.requests.max(1) as usize);
            self.reserved.drain(..excess);
        }
        wait
    }

    /// Allowed requests per period: the limit, or the reduced number plus its recovery.
    fn allowed(&self, limit: &RateLimit, now: i64) -> u32 {
        let Some(reduced) = self.reduced else { return limit.requests };
        let periods = u32::try_from((now - reduced.from).max(0) / millis(limit.within).max(1)).unwrap_or(u32::MAX);
        let more = (reduced.requests / DOUBLED_AFTER).max(1).saturating_mul(periods);
        reduced.requests.saturating_add(more).min(limit.requests)
    }

    /// The provider refused a request with a reservation. Of several concurrent refusals, the first counts.
    pub fn refused(&mut self, limit: &RateLimit, now: i64, named: Option<Duration>) -> Duration {
        let is_blocked = now < self.blocked_until;
        match named {
            Some(wait) => self.block(now, wait),
            None if is_blocked => {}
            None => {
                let recent = self.reserved.iter().filter(|at| (now - millis(limit.within)..=now).contains(*at)).count();
                let accepted = u32::try_from(recent).unwrap_or(u32::MAX).saturating_sub(1);
                let is_soon = |reduced: &ReducedLimit| now - reduced.from <= limit.period_ms();
                let in_a_row = self.reduced.filter(is_soon).map_or(0, |reduced| reduced.in_a_row + 1);
                let wait =
                    limit.within.saturating_mul(2u32.saturating_pow(in_a_row)).min(LONGEST_BLOCK.max(limit.within));
                let requests = (accepted / REDUCED_BY).min(self.allowed(limit, now)).max(1);
                self.reduced = Some(ReducedLimit { from: now + millis(wait), requests, in_a_row });
                self.block(now, wait);
            }
        }
        self.blocked_for(now)
    }

    /// Blocks all requests for `wait`, and cancels the reservations within that time.
    fn block(&mut self, now: i64, wait: Duration) {
        self.blocked_until = self.blocked_until.max(now.saturating_add(millis(wait)));
        let until = self.blocked_until;
        self.reserved.retain(|at| *at <= now || *at >= until);
    }

    pub fn blocked_for(&self, now: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.blocked_until - now).unwrap_or(0))
    }

    /// The stored form; see [`Reservations::parse`]. Each reservation is written as the time since the one before it,
    /// so that a row stays small.
    pub fn as_text(&self) -> String {
        let reduced = self
            .reduced
            .map(|reduced| format!("{},{},{}", reduced.from, reduced.requests, reduced.in_a_row))
            .unwrap_or_default();
        let before = std::iter::once(0).chain(self.reserved.iter().copied());
        let reserved: Vec<String> =
            self.reserved.iter().zip(before).map(|(at, before)| (at - before).to_string()).collect();
        format!("{};{reduced};{}", self.blocked_until, reserved.join(","))
    }

    /// Invalid text counts as no reservations: the provider enforces its limit itself.
    pub fn parse(text: &str) -> Self {
        let [blocked_until, reduced, reserved] = text.split(';').collect::<Vec<_>>()[..] else {
            return Self::default();
        };
        let mut at = 0;
        let distances = reserved.split(',').filter_map(|distance| distance.parse::<i64>().ok());
        let reserved = distances.map(|distance| {
            at += distance;
            at
        });
        let reduced = match reduced.split(',').collect::<Vec<_>>()[..] {
            [from, requests, in_a_row] => match (from.parse(), requests.parse(), in_a_row.parse()) {
                (Ok(from), Ok(requests), Ok(in_a_row)) => Some(ReducedLimit { from, requests, in_a_row }),
                _ => None,
            },
            _ => None,
        };
        Self { reserved: reserved.collect(), blocked_until: blocked_until.parse().unwrap_or(0), reduced }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(65);

    fn limit() -> RateLimit {
        RateLimit { name: "team".to_owned(), requests: 20, within: Duration::from_secs(60) }
    }

    #[test]
    fn no_minute_holds_more_requests_than_the_limit() {
        let mut reservations = Reservations::default();
        let mut sent = Vec::new();
        // A burst, a pause, and another burst across a minute boundary.
        for now in (0..30).map(|at| at * 100).chain((0..80).map(|at| 55_000 + at * 250)) {
            let wait = reservations.reserve(&limit(), now, PATIENCE);
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
    fn a_wait_beyond_the_patience_reserves_nothing() {
        let mut reservations = Reservations::default();
        (0..20).for_each(|_| assert_eq!(reservations.reserve(&limit(), 0, PATIENCE), Duration::ZERO));
        let before = reservations.clone();
        assert_eq!(reservations.reserve(&limit(), 1000, Duration::from_secs(3)), Duration::from_secs(62));
        assert_eq!(reservations, before);
    }

    #[test]
    fn a_block_applies_to_all_and_cancels_reservations_within_it() {
        let mut reservations = Reservations::default();
        (0..25).for_each(|_| {
            let _ = reservations.reserve(&limit(), 0, PATIENCE);
        });
        assert_eq!(reservations.refused(&limit(), 10_000, Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert_eq!(reservations.blocked_for(70_000), Duration::from_secs(30));
        // The five reservations for 63 s were canceled, so a whole period is free after the block.
        (0..20).for_each(|_| assert_eq!(reservations.reserve(&limit(), 90_000, PATIENCE), Duration::from_secs(10)));
        assert!(reservations.reserve(&limit(), 90_000, PATIENCE) > PATIENCE);
        assert_eq!(reservations.blocked_for(100_000), Duration::ZERO);
    }

    #[test]
    fn a_refusal_without_a_wait_halves_the_limit_which_recovers() {
        let mut reservations = Reservations::default();
        (0..12).for_each(|_| {
            let _ = reservations.reserve(&limit(), 0, PATIENCE);
        });
        assert_eq!(reservations.refused(&limit(), 0, None), Duration::from_secs(60));
        // A concurrent request is refused too.
        assert_eq!(reservations.refused(&limit(), 1000, None), Duration::from_secs(59));
        let allowed = |reservations: &Reservations, minutes: i64| reservations.allowed(&limit(), minutes * 60_000);
        // Eleven were accepted; one more is allowed each minute, up to the limit.
        assert_eq!([1, 2, 6, 30].map(|minutes| allowed(&reservations, minutes)), [5, 6, 10, 20]);
    }

    #[test]
    fn refusals_right_after_a_block_double_it() {
        let mut reservations = Reservations::default();
        let mut now = 0;
        let mut blocks = Vec::new();
        for _ in 0..6 {
            reservations.reserve(&limit(), now, PATIENCE);
            let wait = reservations.refused(&limit(), now, None);
            blocks.push(wait.as_secs());
            now += millis(wait);
        }
        assert_eq!(blocks, [60, 120, 240, 480, 900, 900]);
        // After a quiet time, the block starts at its minimum.
        now += 3_600_000;
        reservations.reserve(&limit(), now, PATIENCE);
        assert_eq!(reservations.refused(&limit(), now, None), Duration::from_secs(60));
    }

    #[test]
    fn the_stored_text_keeps_everything() {
        let mut reservations = Reservations::default();
        assert_eq!(Reservations::parse(&reservations.as_text()), reservations);
        (5..9).for_each(|now| {
            let _ = reservations.reserve(&limit(), now, PATIENCE);
        });
        reservations.refused(&limit(), 20, None);
        reservations.reserve(&limit(), 30, PATIENCE);
        assert_eq!(Reservations::parse(&reservations.as_text()), reservations);
        assert_eq!(Reservations::parse("nonsense"), Reservations::default());
    }
}
