//! Times as records have them: as texts they sort like the times.

use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

const DAY: u64 = 86_400_000;

/// A time to the millisecond, in UTC, from 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// A text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write `2026-11-21`, `2026-11-21T09:30:00Z` or `2026-11-21T09:30:00.000Z`")]
pub struct MomentError(String);

impl Moment {
    /// From milliseconds since the Unix epoch.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(self) -> u64 {
        self.0
    }
}

impl From<SystemTime> for Moment {
    /// A time before 1970 counts as 1970.
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC with milliseconds, such as `2026-11-21T09:30:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0 / DAY);
        let rest = self.0 % DAY;
        let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
        let (seconds, millis) = (rest / 1_000 % 60, rest % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    /// Reads what [`Display`](fmt::Display) writes; milliseconds may be left out, and the time of the day for its beginning.
    fn from_str(text: &str) -> Result<Self, MomentError> {
        let whole = match text.len() {
            10 => format!("{text}T00:00:00.000Z"),
            20 => format!("{}.000Z", text.trim_end_matches('Z')),
            _ => text.to_owned(),
        };
        let read = || {
            let field = |from: usize, to: usize| whole.get(from..to)?.parse::<u64>().ok();
            let day = days(field(0, 4)?, field(5, 7)?, field(8, 10)?)?;
            let seconds = (field(11, 13)? * 60 + field(14, 16)?) * 60 + field(17, 19)?;
            Some(Self(day * DAY + seconds * 1_000 + field(20, 23)?))
        };
        // Only what would be written the same is a time.
        read().filter(|moment| moment.to_string() == whole).ok_or_else(|| MomentError(text.to_owned()))
    }
}

/// The Gregorian date of a day since the epoch, by Howard Hinnant's `civil_from_days`.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + next_year, month, day)
}

/// Days from the epoch to a date; the reverse of [`date`].
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let shifted = if month > 2 { year } else { year.checked_sub(1)? };
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Moment(millis).to_string(), text);
            assert_eq!(text.parse(), Ok(Moment(millis)));
        }
        assert_eq!("2026-11-21".parse::<Moment>().unwrap().to_string(), "2026-11-21T00:00:00.000Z");
        assert_eq!("2026-11-21T09:30:00Z".parse::<Moment>().unwrap().to_string(), "2026-11-21T09:30:00.000Z");
    }

    #[test]
    fn what_is_no_time() {
        for bad in [
            "",
            "2026",
            "2026-02-30",
            "1969-12-31",
            "2026-11-21T24:00:00Z",
            "2026-11-21T09:30:00+01:00",
            "ééééé",
        ] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }
}
