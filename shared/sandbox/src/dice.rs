//! Deterministic dice: splitmix64, seeded with the subject of the throw.

/// A generator for one question, such as "what did this person do on that day". Generators share nothing, so any day
/// of any person can be generated on its own.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn about(subject: u64, aspect: u64) -> Dice {
        Dice(mix(subject ^ mix(aspect)))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `end`, which must not be zero. The modulo bias is negligible.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A number from `low` to `high`, inclusive.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// An index below `end`; lower indexes are more frequent.
    pub(crate) fn skewed(&mut self, end: usize) -> usize {
        let end = end as u64;
        (self.below(end) * self.between(1, end) / end) as usize
    }
}

/// The output function of splitmix64: every bit of the input affects every bit of the output.
pub(crate) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A hash of a text (FNV-1a, mixed).
pub(crate) fn named(text: &str) -> u64 {
    mix(text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)))
}
