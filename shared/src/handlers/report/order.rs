//! The order of a table's rows, as its reader chooses it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The sort direction; unknown values are last in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    Asc,
    Desc,
}

/// A value at its place in an order. Null comes last in both orders: a missing value is neither small nor large.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Place<T> {
    Asc(T),
    Desc(Reverse<T>),
    Null,
}

impl Order {
    pub(crate) fn place<T>(self, value: Option<T>) -> Place<T> {
        match (value, self) {
            (Some(value), Order::Asc) => Place::Asc(value),
            (Some(value), Order::Desc) => Place::Desc(Reverse(value)),
            (None, _) => Place::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_comes_last_in_both_orders() {
        for (order, expected) in [(Order::Asc, [Some(1), Some(2), None]), (Order::Desc, [Some(2), Some(1), None])] {
            let mut values = [None, Some(1), Some(2)];
            values.sort_by_key(|value| order.place(*value));
            assert_eq!(values, expected);
        }
    }
}
