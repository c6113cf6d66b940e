//! Until when an index is good, as an argument.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use registry_index::timestamp::Timestamp;

/// A time, or how long from now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expiry {
    In(Duration),
    At(Timestamp),
}

/// Longer is a slip of the pen.
const MAX_DAYS: u64 = 3660;

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let amount = |unit: char, hours: u64| {
            let number =
                text.strip_suffix(unit).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
            let hours = number.parse::<u64>().ok()?.checked_mul(hours)?;
            (hours <= MAX_DAYS * 24).then(|| Self::In(Duration::from_secs(hours * 3600)))
        };
        let span = amount('d', 24).or_else(|| amount('h', 1));
        let at = || text.parse().map(Self::At);
        span.map_or_else(at, Ok).map_err(|_| {
            "write how long (30d, 12h) or until when (2026-12-31, 2026-12-31T12:00:00Z)".to_owned()
        })
    }
}

impl Expiry {
    /// The time that is meant.
    pub(crate) fn after(&self, now: SystemTime) -> Timestamp {
        match self {
            Self::In(span) => (now + *span).into(),
            Self::At(time) => *time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries() {
        assert_eq!("30d".parse(), Ok(Expiry::In(Duration::from_secs(30 * 86_400))));
        assert_eq!("12h".parse(), Ok(Expiry::In(Duration::from_secs(12 * 3600))));
        assert_eq!("2026-12-31".parse(), Ok(Expiry::At("2026-12-31T00:00:00Z".parse().unwrap())));
        for bad in ["", "d", "30", "-1d", "+1d", "99999d", "tomorrow", "18446744073709551615d"] {
            assert!(bad.parse::<Expiry>().is_err(), "{bad}");
        }
    }
}
