//! Sizes, times and rates as people write them in a manifest.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;

/// A text that is not a quantity of the wanted sort.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{value}` is not {what}: write a whole number and a unit, such as `{example}`")]
pub struct UnitError {
    /// The sort of quantity with its article, such as "a size".
    pub what: &'static str,
    /// The refused text.
    pub value: String,
    /// A text that would do.
    pub example: &'static str,
}

/// A number of bytes, written `512B`, `64KiB`, `10MiB` or `1GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(u64);

const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl ByteSize {
    /// A size of so many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        quantity(text, &SIZE_UNITS).map(Self).ok_or_else(|| UnitError {
            what: "a size",
            value: text.to_owned(),
            example: "10MiB",
        })
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quantity(f, self.0, &SIZE_UNITS)
    }
}

/// A span of time, written `500ms`, `5s`, `2min` or `1h`; whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeSpan(u64);

const TIME_UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("min", 60_000), ("ms", 1), ("s", 1_000)];

impl TimeSpan {
    /// A span of so many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The number of milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The span as the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl FromStr for TimeSpan {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        quantity(text, &TIME_UNITS).map(Self).ok_or_else(|| UnitError {
            what: "a time",
            value: text.to_owned(),
            example: "5s",
        })
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quantity(f, self.0, &[TIME_UNITS[0], TIME_UNITS[1], TIME_UNITS[3], TIME_UNITS[2]])
    }
}

/// How often something may happen, written `5/s`, `60/min` or `1000/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RateLimit {
    count: u32,
    period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Period {
    Second,
    Minute,
    Hour,
}

impl Period {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    const fn unit(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }
}

impl RateLimit {
    /// How many times, at least 1.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// In which span of time.
    pub fn period(self) -> Duration {
        let seconds = match self.period {
            Period::Second => 1,
            Period::Minute => 60,
            Period::Hour => 3600,
        };
        Duration::from_secs(seconds)
    }
}

impl FromStr for RateLimit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let parse = || {
            let (count, period) = text.split_once('/')?;
            let period = Period::ALL.into_iter().find(|known| known.unit() == period)?;
            let count = number(count)?.try_into().ok().filter(|count| *count > 0)?;
            Some(Self { count, period })
        };
        parse().ok_or_else(|| UnitError { what: "a rate", value: text.to_owned(), example: "60/min" })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.period.unit())
    }
}

macro_rules! as_text {
    ($($unit:ident)*) => {$(
        impl TryFrom<String> for $unit {
            type Error = UnitError;

            fn try_from(text: String) -> Result<Self, UnitError> {
                text.parse()
            }
        }

        impl From<$unit> for String {
            fn from(unit: $unit) -> String {
                unit.to_string()
            }
        }
    )*};
}

as_text!(ByteSize TimeSpan RateLimit);

fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    number(digits)?.checked_mul(*factor)
}

/// Decimal digits only: no sign, no leading zero.
fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// Writes in the largest unit that leaves a whole number. `units` begin with the largest.
fn write_quantity(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    match units.iter().find(|(_, factor)| amount > 0 && amount.is_multiple_of(*factor)) {
        Some((unit, factor)) => write!(f, "{}{unit}", amount / factor),
        None => write!(f, "0{}", units.last().map_or("", |(unit, _)| unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_back() {
        for text in ["0B", "512B", "64KiB", "10MiB", "3GiB"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
        for text in ["0ms", "500ms", "5s", "2min", "1h"] {
            assert_eq!(text.parse::<TimeSpan>().unwrap().to_string(), text);
        }
        assert_eq!("90s".parse::<TimeSpan>().unwrap().millis(), 90_000);
        assert_eq!("1024KiB".parse::<ByteSize>().unwrap().to_string(), "1MiB");
    }

    #[test]
    fn what_is_no_quantity() {
        for bad in ["", "5", "MiB", "-1MiB", "1.5MiB", "1 MiB", "1MB", "010MiB", "99999999999GiB", "+1B"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
        for bad in ["5", "5m", "s", "1.5s", "5S"] {
            assert!(bad.parse::<TimeSpan>().is_err(), "{bad}");
        }
    }

    #[test]
    fn rates() {
        let rate: RateLimit = "60/min".parse().unwrap();
        assert_eq!((rate.count(), rate.period()), (60, Duration::from_secs(60)));
        for bad in ["60", "0/s", "1/day", "/s", "1/s/s"] {
            assert!(bad.parse::<RateLimit>().is_err(), "{bad}");
        }
    }
}
