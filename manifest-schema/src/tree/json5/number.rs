//! Numbers: decimal with any of its parts left out, and hexadecimal.

use super::lexer::Lexer;
use super::{Mistake, Read};
use serde_json::Number;

pub(super) fn number(lexer: &mut Lexer<'_>) -> Read<Number> {
    let start = lexer.at;
    let length = lexer.rest().find(|c: char| !belongs(c)).unwrap_or(lexer.rest().len());
    // A sign belongs to the beginning and behind an exponent; anywhere else another token begins.
    let written = &lexer.rest()[..length];
    lexer.at += written.len();
    let bare = written.trim_start_matches(['+', '-']);
    let span = start..lexer.at;
    if matches!(bare, "Infinity" | "NaN") {
        return Err(Mistake::new(span, format!("`{written}` is no number that JSON can hold")));
    }
    parse(written).ok_or_else(|| {
        let message = match written.len() {
            0 => "a number is expected here".to_owned(),
            _ => format!("`{written}` is no number"),
        };
        Mistake::new(span, message)
    })
}

fn belongs(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '$')
}

fn parse(written: &str) -> Option<Number> {
    let (negative, digits) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    if let Some(hexadecimal) = hexadecimal {
        let all = !hexadecimal.is_empty() && hexadecimal.bytes().all(|b| b.is_ascii_hexdigit());
        let value = u64::from_str_radix(hexadecimal, 16).ok().filter(|_| all)?;
        return signed(negative, value);
    }
    if !is_decimal(digits) {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit())
        && let Some(whole) = digits.parse().ok().and_then(|value| signed(negative, value))
    {
        return Some(whole);
    }
    let value: f64 = digits.parse().ok()?;
    Number::from_f64(if negative { -value } else { value })
}

fn signed(negative: bool, value: u64) -> Option<Number> {
    if negative { 0_i64.checked_sub_unsigned(value).map(Number::from) } else { Some(value.into()) }
}

/// `( 0 | [1-9][0-9]* ) ( . [0-9]* )? exponent?` or `. [0-9]+ exponent?`
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let some = !whole.is_empty() || !fraction.is_empty();
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    some && !leading_zero && digits(whole) && digits(fraction) && exponent
}
