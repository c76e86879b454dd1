//! Money and credits: integer millionths, written as a decimal.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Millionths per unit of credits and money, e.g. `12.5` is `12_500_000`.
pub const MICRO: i64 = 1_000_000;

/// Millionths. Serialized as a JSON number with all its digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = f64, example = 12.5)]
pub struct Decimal(pub i64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0 / MICRO, self.0 % MICRO) {
            (whole, 0) => serializer.serialize_i64(whole),
            // Correctly rounded and written with the fewest digits: below 9 * 10^9 this is the exact decimal.
            _ => serializer.serialize_f64(self.0 as f64 / MICRO as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_written_as_exact_decimals() {
        for (micro, text) in
            [(60_000, "0.06"), (12_500_000, "12.5"), (-5_000_000, "-5"), (4_999_999_999_123_456, "4999999999.123456")]
        {
            assert_eq!(serde_json::to_string(&Decimal(micro)).unwrap(), text);
        }
    }
}
