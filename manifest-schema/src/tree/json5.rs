//! JSON5 (json5.org, version 1.0.0), as OpenClaw reads its manifests: comments, trailing commas, bare and single-quoted
//! keys, more escapes and more ways to write a number. The limits are those of the whole reader. Refused are what JSON has
//! no value for (`Infinity`, `NaN`, half of a surrogate pair) and, as everywhere, a key that is there twice.

mod lexer;
mod number;
#[cfg(test)]
mod tests;
mod text;

use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, Node};
use crate::finding::{Finding, Rule};
use crate::rules;
use crate::source::Source;
use lexer::{Lexer, Token};
use serde_json::Value;
use std::collections::HashSet;
use std::ops::Range;

/// What is wrong and where; the rule is `syntax` unless another is named.
struct Mistake {
    rule: &'static Rule,
    span: Range<usize>,
    message: String,
}

impl Mistake {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { rule: &rules::SYNTAX, span, message: message.into() }
    }
}

type Read<T> = Result<T, Mistake>;

pub(super) fn document(source: &Source) -> Result<Node, Finding> {
    read(&source.text).map_err(|mistake| {
        let finding = Finding::new(mistake.rule, mistake.message).at(&source.path, mistake.span);
        if *mistake.rule == rules::DUPLICATE_KEY {
            return finding.help("remove one of the two, or merge them");
        }
        finding
    })
}

fn read(text: &str) -> Read<Node> {
    let mut reader = Reader { lexer: Lexer::new(text), nodes: 0 };
    let (token, span) = reader.lexer.next()?;
    if matches!(token, Token::End) {
        return Err(Mistake::new(0..0, "the file is empty"));
    }
    let root = reader.value(token, span, 0)?;
    match reader.lexer.next()? {
        (Token::End, _) => Ok(root),
        (_, span) => Err(Mistake::new(span, "the value ends before this; the file must hold one")),
    }
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    nodes: usize,
}

impl Reader<'_> {
    fn value(&mut self, token: Token, span: Range<usize>, depth: usize) -> Read<Node> {
        self.spend(depth, &span)?;
        let scalar = |value| Ok(Node { span: span.clone(), kind: Kind::Scalar(value) });
        match token {
            Token::Text(text) => scalar(Value::String(text)),
            Token::Number(number) => scalar(Value::Number(number)),
            Token::Word(word) => match word.as_str() {
                "null" => scalar(Value::Null),
                "true" => scalar(Value::Bool(true)),
                "false" => scalar(Value::Bool(false)),
                "Infinity" | "NaN" => {
                    Err(Mistake::new(span, format!("`{word}` is no number that JSON can hold")))
                }
                word => Err(Mistake::new(span, format!("`{word}` is no value; text stands in quotes"))),
            },
            Token::Open('[') => self.list(span.start, depth),
            Token::Open(_) => self.mapping(span.start, depth),
            other => Err(Mistake::new(span, format!("a value is expected here, not {}", other.described()))),
        }
    }

    fn list(&mut self, start: usize, depth: usize) -> Read<Node> {
        let mut items = Vec::new();
        loop {
            let (token, span) = self.lexer.next()?;
            if matches!(token, Token::Close(']')) {
                return Ok(Node { span: start..span.end, kind: Kind::Sequence(items) });
            }
            items.push(self.value(token, span, depth + 1)?);
            if let Some(end) = self.separated(']')? {
                return Ok(Node { span: start..end, kind: Kind::Sequence(items) });
            }
        }
    }

    fn mapping(&mut self, start: usize, depth: usize) -> Read<Node> {
        let (mut entries, mut keys): (Vec<Entry>, HashSet<String>) = Default::default();
        loop {
            let (key, key_span) = match self.lexer.next()? {
                (Token::Close('}'), span) => {
                    return Ok(Node { span: start..span.end, kind: Kind::Mapping(entries) });
                }
                (Token::Text(key) | Token::Word(key), span) => (key, span),
                (other, span) => {
                    return Err(Mistake::new(
                        span,
                        format!("a key is expected here, not {}", other.described()),
                    ));
                }
            };
            if !keys.insert(key.clone()) {
                let message = format!("the key `{key}` is here twice");
                return Err(Mistake { rule: &rules::DUPLICATE_KEY, span: key_span, message });
            }
            match self.lexer.next()? {
                (Token::Colon, _) => {}
                (_, span) => {
                    return Err(Mistake::new(span, format!("`:` is expected after the key `{key}`")));
                }
            }
            let (token, span) = self.lexer.next()?;
            entries.push(Entry { value: self.value(token, span, depth + 1)?, key, key_span });
            if let Some(end) = self.separated('}')? {
                return Ok(Node { span: start..end, kind: Kind::Mapping(entries) });
            }
        }
    }

    /// Behind an item: a comma, or where the collection ends.
    fn separated(&mut self, closing: char) -> Read<Option<usize>> {
        match self.lexer.next()? {
            (Token::Comma, _) => Ok(None),
            (Token::Close(found), span) if found == closing => Ok(Some(span.end)),
            (_, span) => Err(Mistake::new(span, format!("`,` or `{closing}` is expected here"))),
        }
    }

    fn spend(&mut self, depth: usize, span: &Range<usize>) -> Read<()> {
        self.nodes += 1;
        let message = if depth > MAX_DEPTH {
            format!("nested more than {MAX_DEPTH} levels deep")
        } else if self.nodes > MAX_NODES {
            format!("the file has more than {MAX_NODES} values")
        } else {
            return Ok(());
        };
        Err(Mistake { rule: &rules::TOO_COMPLEX, span: span.clone(), message })
    }
}
