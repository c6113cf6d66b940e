//! Untrusted text on a terminal.

/// The text without what moves a terminal's cursor or reverses its direction: control characters become `\u{…}`, but for line ends
/// and tabs; so do the marks that reorder text.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let reorders =
            matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if reorders || letter.is_control() && !matches!(letter, '\n' | '\t') {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_moves_the_cursor_or_reorders_is_spelled_out() {
        assert_eq!(plain("a\tb\nc"), "a\tb\nc");
        assert_eq!(plain("\u{1b}[2J\u{9b}x\u{202e}"), "\\u{1b}[2J\\u{9b}x\\u{202e}");
    }
}
