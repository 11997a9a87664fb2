//! The values that a number or a date must lie between.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The values that a number or a date must lie between; both ends belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limits {
    /// Any value.
    #[default]
    None,
    /// Numbers.
    Numbers {
        /// The smallest.
        least: Option<Decimal>,
        /// The largest.
        most: Option<Decimal>,
    },
    /// Civil dates.
    Days {
        /// The first.
        first: Option<NaiveDate>,
        /// The last.
        last: Option<NaiveDate>,
    },
}

impl Limits {
    /// True when the number lies within.
    pub fn admits_number(&self, value: Decimal) -> bool {
        match self {
            Self::Numbers { least, most } => {
                least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most)
            }
            Self::None | Self::Days { .. } => true,
        }
    }

    /// True when the day lies within.
    pub fn admits_day(&self, day: NaiveDate) -> bool {
        match self {
            Self::Days { first, last } => first.is_none_or(|first| day >= first) && last.is_none_or(|last| day <= last),
            Self::None | Self::Numbers { .. } => true,
        }
    }
}
