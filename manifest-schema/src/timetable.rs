//! When a schedule is due: a cron expression in a time zone.

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A cron expression of five fields in a time zone of the IANA database, which is built in.
///
/// Where clocks are put forward, a time that is skipped is due at the moment of the change; where they are put back, a fixed time is
/// due once.
#[derive(Debug, Clone)]
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
}

/// Why there is no [`Timetable`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// The expression cannot be read.
    #[error("`{cron}` is no cron expression: {why}")]
    Cron {
        /// The expression.
        cron: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is never due, such as `0 0 31 2 *`.
    #[error("`{0}` is never due")]
    Never(String),
    /// There is no such time zone.
    #[error("there is no time zone `{0}`; write it as the IANA database does, such as `Europe/Madrid`")]
    Zone(String),
}

impl Timetable {
    /// Reads an expression; UTC where no time zone is named.
    ///
    /// # Errors
    /// [`TimetableError`].
    pub fn new(cron: &str, zone: Option<&str>) -> Result<Self, TimetableError> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let parsed = parser
            .parse(cron)
            .map_err(|error| TimetableError::Cron { cron: cron.to_owned(), why: error.to_string() })?;
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| TimetableError::Zone(name.to_owned()))?,
        };
        let timetable = Self { cron: parsed, zone };
        match timetable.after(0) {
            Some(_) => Ok(timetable),
            None => Err(TimetableError::Never(cron.to_owned())),
        }
    }

    /// The first time that it is due after `millis`; both in milliseconds since the Unix epoch.
    pub fn after(&self, millis: u64) -> Option<u64> {
        let start = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
        let start: Zoned = start.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&start, false).ok()?;
        u64::try_from(next.timestamp().as_millisecond()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, zone: Option<&str>, from: &str) -> String {
        let from: Timestamp = from.parse().unwrap();
        let from = u64::try_from(from.as_millisecond()).unwrap();
        let next = Timetable::new(cron, zone).unwrap().after(from).unwrap();
        Timestamp::from_millisecond(i64::try_from(next).unwrap()).unwrap().to_string()
    }

    #[test]
    fn next_times() {
        for (cron, zone, from, expected) in [
            ("0 3 * * *", None, "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"),
            ("0 3 * * *", Some("America/Bogota"), "2026-11-21T03:00:00Z", "2026-11-21T08:00:00Z"),
            ("*/15 9-17 * * MON-FRI", None, "2026-11-20T17:46:00Z", "2026-11-23T09:00:00Z"),
            ("0 0 29 2 *", None, "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
            // Madrid puts its clocks forward at 2:00 on 29 March 2026, and back at 3:00 on 25 October.
            ("30 2 * * *", Some("Europe/Madrid"), "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("30 2 * * *", Some("Europe/Madrid"), "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ] {
            assert_eq!(next(cron, zone, from), expected, "{cron} {zone:?}");
        }
    }

    #[test]
    fn what_is_no_timetable() {
        for cron in ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "a b c d e"] {
            assert!(Timetable::new(cron, None).is_err(), "{cron}");
        }
        assert!(matches!(Timetable::new("0 0 * * *", Some("Mars/Base")), Err(TimetableError::Zone(_))));
    }
}
