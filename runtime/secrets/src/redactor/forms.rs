//! The forms in which a secret gets into texts.

use super::MIN_REDACTED;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use std::fmt::Write as _;

/// A line of a longer secret, such as a key in PEM, counts by itself from this length on.
const MIN_LINE: usize = 16;

/// All forms of a secret; none where it is too short to be told from other texts.
pub(super) fn of(secret: &str) -> Vec<Vec<u8>> {
    let lines =
        secret.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE && !line.starts_with("-----"));
    let lines = lines.filter(|_| secret.contains('\n'));
    let whole = [secret, secret.trim()].into_iter().filter(|text| text.len() >= MIN_REDACTED);
    whole.chain(lines).flat_map(of_one).collect()
}

fn of_one(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut forms = vec![text.to_owned()];
    for offset in 0..3 {
        forms.push(aligned(&STANDARD, bytes, offset));
        forms.push(aligned(&URL_SAFE, bytes, offset));
    }
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    forms.extend([hex.to_uppercase(), hex]);
    for keep in [is_unreserved, is_form_letter, is_path_letter, |_| false] {
        forms.extend(percent(bytes, keep));
    }
    forms.extend(escaped(text));
    forms.into_iter().map(String::into_bytes).collect()
}

/// The letters of base64 that depend on these bytes alone, whatever stands `offset` bytes before them and after them.
fn aligned(engine: &impl Engine, bytes: &[u8], offset: usize) -> String {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let whole = engine.encode(&padded);
    let begin = [0, 2, 3][offset];
    let end = padded.len() * 8 / 6;
    whole[begin..end].to_owned()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// What `encodeURIComponent` leaves as it is.
fn is_form_letter(byte: u8) -> bool {
    is_unreserved(byte) || b"!*'()".contains(&byte)
}

/// What a path and a query may hold as it is.
fn is_path_letter(byte: u8) -> bool {
    is_form_letter(byte) || b"$&+,;=:@/?".contains(&byte)
}

/// URL-encoded: with capitals and without, with `%20` and with `+`.
fn percent(bytes: &[u8], keep: fn(u8) -> bool) -> [String; 4] {
    let encode = |capital: bool, plus: bool| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = match byte {
                b' ' if plus => write!(text, "+"),
                byte if keep(*byte) => write!(text, "{}", char::from(*byte)),
                byte if capital => write!(text, "%{byte:02X}"),
                byte => write!(text, "%{byte:02x}"),
            };
            text
        })
    };
    [encode(true, false), encode(false, false), encode(true, true), encode(false, true)]
}

/// JSON-escaped: as little as must be, with `\/`, and with nothing but ASCII.
fn escaped(text: &str) -> Vec<String> {
    let json = serde_json::Value::from(text).to_string();
    let plain = json[1..json.len() - 1].to_owned();
    let ascii = |capital: bool| {
        plain.chars().fold(String::new(), |mut ascii, letter| {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = match (*unit, capital) {
                    (unit, _) if unit < 0x80 => write!(ascii, "{}", char::from(unit as u8)),
                    (unit, true) => write!(ascii, "\\u{unit:04X}"),
                    (unit, false) => write!(ascii, "\\u{unit:04x}"),
                };
            }
            ascii
        })
    };
    vec![plain.replace('/', "\\/"), ascii(true), ascii(false), plain.clone()]
}
