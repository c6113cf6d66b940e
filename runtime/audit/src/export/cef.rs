//! ArcSight's Common Event Format, version 0 (CEF implementation standard, revision 26).

use super::{PRODUCT, is_done};
use crate::{Moment, record::Record};
use std::fmt::Write as _;

/// A record as one line of CEF, without an end and without a syslog header. `version` is that of `wa`.
pub fn cef(record: &Record, version: &str) -> String {
    let severity = if is_done(record) { 3 } else { 6 };
    let mut line = format!(
        "CEF:0|{PRODUCT}|{PRODUCT}|{}|{}|{} {}|{severity}|",
        header(version),
        header(&record.action),
        header(&record.action),
        header(&record.outcome)
    );
    let at = record.at.parse::<Moment>().map_or(0, Moment::millis);
    let details = serde_json::to_string(&record.details).unwrap_or_default();
    let _ = write!(
        line,
        "rt={at} externalId={} suser={} act={} outcome={} cn1Label=seq cn1={}",
        value(&record.event_id),
        value(&record.actor),
        value(&record.action),
        value(&record.outcome),
        record.seq
    );
    for (key, label, text) in [
        ("cs1", "plugin", record.plugin.as_deref()),
        ("cs2", "subject", record.subject.as_deref()),
        ("cs3", "details", Some(details.as_str())),
        ("cs4", "log", Some(&*record.log_id)),
        ("cs5", "hash", Some(&*record.hash().to_string())),
    ] {
        if let Some(text) = text {
            let _ = write!(line, " {key}Label={label} {key}={}", value(text));
        }
    }
    line
}

/// A text in the header: `\` and `|` are escaped, and a line cannot end.
fn header(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// A value in the extension: `\` and `=` are escaped, and so are ends of lines.
fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_is_escaped() {
        assert_eq!(header("a|b\\c\nd"), "a\\|b\\\\c d");
        assert_eq!(value("a=b|c\\d\ne"), "a\\=b|c\\\\d\\ne");
    }
}
