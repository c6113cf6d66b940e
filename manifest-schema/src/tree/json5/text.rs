//! Quoted texts and bare words with their escapes.

use super::lexer::Lexer;
use super::{Mistake, Read};

/// Line ends of ECMAScript.
pub(super) fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

pub(super) fn begins_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '$' | '_' | '\\')
}

fn goes_on_word(c: char) -> bool {
    begins_word(c) || c.is_alphanumeric() || matches!(c, '\u{200c}' | '\u{200d}' | '\u{203f}')
}

/// An identifier.
pub(super) fn word(lexer: &mut Lexer<'_>) -> Read<String> {
    let mut word = String::new();
    while let Some(c) = lexer.peek().filter(|c| goes_on_word(*c)) {
        if c != '\\' {
            word.push(c);
            lexer.take();
            continue;
        }
        let start = lexer.at;
        if !lexer.rest().starts_with("\\u") {
            return Err(Mistake::new(start..start + 1, "a bare key can only hold escapes like `\\u0041`"));
        }
        lexer.at += 2;
        let escaped = code_unit(lexer, 4).map(char::from_u32)?;
        match escaped.filter(|c| goes_on_word(*c) && *c != '\\') {
            Some(c) => word.push(c),
            None => return Err(Mistake::new(start..lexer.at, "a bare key cannot hold this character")),
        }
    }
    Ok(word)
}

/// A text in single or double quotes.
pub(super) fn quoted(lexer: &mut Lexer<'_>) -> Read<String> {
    let start = lexer.at;
    let quote = lexer.take();
    let mut text = String::new();
    loop {
        match lexer.peek() {
            None | Some('\n' | '\r') => {
                return Err(Mistake::new(start..lexer.at, "this text has no closing quote on its line"));
            }
            Some('\\') => text.extend(escape(lexer)?),
            c if c == quote => {
                lexer.take();
                return Ok(text);
            }
            Some(c) => {
                text.push(c);
                lexer.take();
            }
        }
    }
}

/// What an escape stands for; nothing for a line that goes on in the next.
fn escape(lexer: &mut Lexer<'_>) -> Read<Option<char>> {
    let start = lexer.at;
    lexer.take();
    let Some(c) = lexer.take() else {
        return Err(Mistake::new(start..lexer.at, "the text ends within an escape"));
    };
    Ok(Some(match c {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0' if !lexer.rest().starts_with(|c: char| c.is_ascii_digit()) => '\0',
        '0'..='9' => {
            return Err(Mistake::new(start..lexer.at, "a digit cannot be escaped; write `\\x` or `\\u`"));
        }
        'x' => char::from_u32(code_unit(lexer, 2)?).unwrap_or_default(),
        'u' => return unicode(lexer, start).map(Some),
        '\r' if lexer.peek() == Some('\n') => {
            lexer.take();
            return Ok(None);
        }
        c if ends_line(c) => return Ok(None),
        c => c,
    }))
}

/// `\uXXXX`, or two of them that make one character.
fn unicode(lexer: &mut Lexer<'_>, start: usize) -> Read<char> {
    let first = code_unit(lexer, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Ok(c);
    }
    let mut units = vec![first];
    if lexer.rest().starts_with("\\u") {
        lexer.at += 2;
        units.push(code_unit(lexer, 4)?);
    }
    let decoded = char::decode_utf16(units.into_iter().filter_map(|unit| u16::try_from(unit).ok())).next();
    match decoded {
        Some(Ok(c)) => Ok(c),
        _ => Err(Mistake::new(start..lexer.at, "this is half of a character (a lone surrogate)")),
    }
}

fn code_unit(lexer: &mut Lexer<'_>, digits: usize) -> Read<u32> {
    let start = lexer.at;
    let written = lexer.rest().get(..digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    match written.and_then(|text| u32::from_str_radix(text, 16).ok()) {
        Some(unit) => {
            lexer.at += digits;
            Ok(unit)
        }
        None => Err(Mistake::new(start..start, format!("{digits} hexadecimal digits are expected here"))),
    }
}
