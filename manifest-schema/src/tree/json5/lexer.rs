//! From text to tokens.

use super::{Mistake, Read, number, text};
use serde_json::Number;
use std::ops::Range;

/// A token with its value.
pub(super) enum Token {
    /// `[` or `{`.
    Open(char),
    /// `]` or `}`.
    Close(char),
    Colon,
    Comma,
    /// A quoted text, without its escapes.
    Text(String),
    /// An identifier, without its escapes.
    Word(String),
    Number(Number),
    End,
}

impl Token {
    pub(super) fn described(&self) -> String {
        match self {
            Self::Open(c) | Self::Close(c) => format!("`{c}`"),
            Self::Colon => "`:`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Text(_) | Self::Word(_) => "a text".to_owned(),
            Self::Number(_) => "a number".to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

/// Where the reading stands.
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes one character.
    pub(super) fn take(&mut self) -> Option<char> {
        let taken = self.peek()?;
        self.at += taken.len_utf8();
        Some(taken)
    }

    /// The character that stands at the reading place, for a message that points at it.
    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    pub(super) fn next(&mut self) -> Read<(Token, Range<usize>)> {
        self.skip()?;
        let start = self.at;
        let token = match self.peek() {
            None => Token::End,
            Some('"' | '\'') => Token::Text(text::quoted(self)?),
            Some(c) if text::begins_word(c) => self.word()?,
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => {
                Token::Number(number::number(self)?)
            }
            Some(c) => self.sign(c)?,
        };
        Ok((token, start..self.at))
    }

    fn sign(&mut self, c: char) -> Read<Token> {
        let token = match c {
            '[' | '{' => Token::Open(c),
            ']' | '}' => Token::Close(c),
            ':' => Token::Colon,
            ',' => Token::Comma,
            _ => return Err(Mistake::new(self.here(), format!("`{c}` has no meaning here"))),
        };
        self.take();
        Ok(token)
    }

    /// `Infinity` and `NaN` are identifiers too; as keys they are fine, as values no JSON has them.
    fn word(&mut self) -> Read<Token> {
        Ok(Token::Word(text::word(self)?))
    }

    /// Over white space and comments.
    fn skip(&mut self) -> Read<()> {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find(text::ends_line).unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    return Err(Mistake::new(self.at..self.at + 2, "this comment does not end"));
                };
                self.at += end + 2;
            } else if rest.starts_with(is_space) {
                self.take();
            } else {
                return Ok(());
            }
        }
    }
}

/// White space and line ends of ECMAScript, the byte order mark among them.
fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{85}' || c == '\u{feff}'
}
