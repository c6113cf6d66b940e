//! Pax extended headers: `LENGTH KEY=VALUE\n`, where the length counts its own digits.

use super::{Rule, text};

/// A key and its value.
type Record<'a> = (&'a str, &'a [u8]);

/// What a pax header says of the next entry, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) path: Option<String>,
    pub(super) size: Option<u64>,
}

/// Reads a header of one entry. Times, owners and attributes are of no use and ignored.
pub(super) fn parse(bytes: &[u8]) -> Result<Header, Rule> {
    let mut header = Header::default();
    for record in records(bytes) {
        let (key, value) = record?;
        match key {
            "path" => set(&mut header.path, text(value)?)?,
            "size" => set(&mut header.size, number(value)?)?,
            "linkpath" | "hdrcharset" | "charset" => return Err(Rule::PaxKey(key.to_owned())),
            _ if key.starts_with("GNU.sparse.") => return Err(Rule::PaxKey(super::rule::printable(key))),
            _ => {}
        }
    }
    Ok(header)
}

/// A header for all entries may only be a comment, as `git archive` writes one.
pub(super) fn check_global(bytes: &[u8]) -> Result<(), Rule> {
    records(bytes).try_for_each(|record| match record? {
        ("comment", _) => Ok(()),
        (key, _) => Err(Rule::PaxKey(super::rule::printable(key))),
    })
}

fn set<T>(slot: &mut Option<T>, value: T) -> Result<(), Rule> {
    match slot.replace(value) {
        Some(_) => Err(Rule::PaxMalformed),
        None => Ok(()),
    }
}

fn number(value: &[u8]) -> Result<u64, Rule> {
    let digits =
        std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(Rule::PaxMalformed)
}

fn records(mut rest: &[u8]) -> impl Iterator<Item = Result<Record<'_>, Rule>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let record = record(rest);
        rest = record.map_or(&[], |(_, rest)| rest);
        Some(record.map(|(record, _)| record).ok_or(Rule::PaxMalformed))
    })
}

fn record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length = number(&bytes[..space]).ok()? as usize;
    let (record, rest) = bytes.split_at_checked(length)?;
    let body = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(&body[..equals]).ok().filter(|key| !key.is_empty())?;
    Some(((key, &body[equals + 1..]), rest))
}
