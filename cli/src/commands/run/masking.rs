//! What the host tells, without the phone numbers in it: who keeps logs must not keep an address book.

use serde_json::Value;

/// Digits in a row that are a phone number, a group or a hidden number by themselves; fewer may be a size.
const ALONE: std::ops::RangeInclusive<usize> = 10..=20;
/// The same behind a `+` or before an `@`.
const MARKED: std::ops::RangeInclusive<usize> = 5..=20;
/// Digits of it that are left, to tell one from another.
const KEPT: usize = 2;

/// The text with `…` for the digits of numbers, but their last.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let digits = if c == '@' || masked.ends_with('+') { MARKED } else { ALONE };
        // A word with letters in it is an id, not a number.
        if digits.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()) {
            masked.push('…');
            masked.push_str(&word[word.len() - KEPT..]);
        } else {
            masked.push_str(&word);
        }
        word.clear();
        if c != '\0' {
            masked.push(c);
        }
    }
    masked
}

/// The same for all texts of a value.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Object(members) => members.values_mut().for_each(mask),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn numbers_are_masked_and_ids_are_not() {
        for (text, expected) in [
            ("may not write to `573001112233@s.whatsapp.net`", "may not write to `…33@s.whatsapp.net`"),
            ("+573001112233, 120363025246125486@g.us", "+…33, …86@g.us"),
            (
                "evt_0123456789abcdef01234567 in 1234 ms at 127.0.0.1:40123",
                "evt_0123456789abcdef01234567 in 1234 ms at 127.0.0.1:40123",
            ),
            ("3EB0012345678901234567", "3EB0012345678901234567"),
            ("larger than 67108864 bytes, says +1234567", "larger than 67108864 bytes, says +…67"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
