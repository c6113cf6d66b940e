//! From parser events to nodes, under limits.

use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, Node, scalar};
use crate::finding::Finding;
use crate::rules;
use crate::source::{Source, Syntax};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(super) fn document(source: &Source) -> Result<Node, Finding> {
    if source.syntax == Syntax::Json {
        strict_json(source)?;
    }
    // JSON keys may be longer than the 1,024 characters that YAML allows a simple key.
    let options = granit_parser::options! {
        simple_key_max_lookahead: 64 * 1024,
        flow_nesting_limit: 2 * MAX_DEPTH,
        block_nesting_limit: 2 * MAX_DEPTH,
    };
    let events = Parser::new_from_str_with_options(&source.text, options);
    let mut reader = Reader { source, events, anchors: HashMap::new(), nodes: 0 };
    let root = reader.first_document()?;
    reader.end()?;
    Ok(root)
}

/// YAML readers accept trailing commas and worse; a `.json` file must be JSON.
fn strict_json(source: &Source) -> Result<(), Finding> {
    match json_error(&source.text) {
        None => Ok(()),
        Some((at, message)) => Err(Finding::new(&rules::SYNTAX, message).at(&source.path, at..at)),
    }
}

/// Why a text is not JSON, and at which byte.
pub(crate) fn json_error(text: &str) -> Option<(usize, String)> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    // Reading into a value says more precisely what is wrong.
    let error = serde_json::from_str::<Value>(text).err()?;
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = floor_char(text, line_start + error.column().saturating_sub(1));
    let message = error.to_string();
    Some((at, format!("this is not JSON: {}", message.split(" at line ").next().unwrap_or(&message))))
}

fn floor_char(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

struct Reader<'a> {
    source: &'a Source,
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

type Next<'a> = (Event<'a>, Range<usize>);

impl<'a> Reader<'a> {
    fn first_document(&mut self) -> Result<Node, Finding> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => {
                    return Err(self.fail(&rules::SYNTAX, 0..0, "the file is empty"));
                }
                (event, span) => return self.node(event, span, 0),
            }
        }
    }

    fn end(&mut self) -> Result<(), Finding> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    let message = "a second document starts here; the file must hold one";
                    return Err(self.fail(&rules::SEVERAL_DOCUMENTS, span, message));
                }
            }
        }
    }

    fn next(&mut self) -> Result<Next<'a>, Finding> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, self.range(&span))),
            Some(Err(error)) => {
                let at = floor_char(&self.source.text, error.marker().byte_offset().unwrap_or(0));
                Err(match error.kind() {
                    ErrorKind::RecursionLimitExceeded => self.fail(
                        &rules::TOO_COMPLEX,
                        at..at,
                        format!("nested more than {MAX_DEPTH} levels deep"),
                    ),
                    _ => self.fail(&rules::SYNTAX, at..at, error.info()),
                })
            }
            None => Err(self.fail(
                &rules::SYNTAX,
                self.source.text.len()..self.source.text.len(),
                "the text ends too soon",
            )),
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        span.byte_range().unwrap_or(0..0)
    }

    fn fail(
        &self,
        rule: &'static crate::finding::Rule,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, message).at(&self.source.path, span)
    }

    fn spend(&mut self, nodes: usize, depth: usize, span: &Range<usize>) -> Result<(), Finding> {
        self.nodes += nodes;
        if depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(self.fail(&rules::TOO_COMPLEX, span.clone(), message));
        }
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values, aliases expanded");
            return Err(self.fail(&rules::TOO_COMPLEX, span.clone(), message));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Range<usize>, depth: usize) -> Result<Node, Finding> {
        self.spend(1, depth, &span)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = if plain { scalar::resolve(&text) } else { Value::String(text.into_owned()) };
                (anchor, Node { span: self.trimmed(span), kind: Kind::Scalar(value) })
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.sequence(span, depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(span, depth)?),
            Event::Alias(id) => (0, self.alias(id, span, depth)?),
            _ => return Err(self.fail(&rules::SYNTAX, span, "a value is expected here")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Finding> {
        let mut items: Vec<Node> = Vec::new();
        let end = loop {
            match self.next()? {
                (Event::SequenceEnd, end) => break end,
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        };
        let last = items.last().map(|item| item.span.end);
        Ok(Node { span: enclose(&start, &end, last), kind: Kind::Sequence(items) })
    }

    fn mapping(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Finding> {
        let (mut entries, mut keys): (Vec<Entry>, HashSet<String>) = Default::default();
        let end = loop {
            match self.next()? {
                (Event::MappingEnd, end) => break end,
                (Event::Scalar(key, ..), key_span) => {
                    entries.push(self.entry(key.into_owned(), key_span, depth, &mut keys)?);
                }
                (_, span) => {
                    return Err(self.fail(
                        &rules::KEY_NOT_TEXT,
                        span,
                        "a key must be plain text, not a list, a mapping or an alias",
                    ));
                }
            }
        };
        let last = entries.last().map(|entry| entry.value.span.end);
        Ok(Node { span: enclose(&start, &end, last), kind: Kind::Mapping(entries) })
    }

    fn entry(
        &mut self,
        key: String,
        key_span: Range<usize>,
        depth: usize,
        keys: &mut HashSet<String>,
    ) -> Result<Entry, Finding> {
        if !keys.insert(key.clone()) {
            let finding =
                self.fail(&rules::DUPLICATE_KEY, key_span, format!("the key `{key}` is here twice"));
            return Err(finding.help("remove one of the two, or merge them"));
        }
        let (event, span) = self.next()?;
        Ok(Entry { value: self.node(event, span, depth + 1)?, key, key_span })
    }

    fn alias(&mut self, id: usize, span: Range<usize>, depth: usize) -> Result<Node, Finding> {
        let Some(mut node) = self.anchors.get(&id).cloned() else {
            return Err(self.fail(&rules::SYNTAX, span, "an alias cannot stand inside of what it names"));
        };
        let (nodes, levels) = size(&node);
        self.spend(nodes, depth + levels, &span)?;
        node.span = span;
        Ok(node)
    }

    /// A block scalar's range runs over the blank lines behind it; no one means those.
    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        span.start..span.start + text.trim_end().len()
    }
}

/// Values in a node, itself included, and levels below it.
fn size(node: &Node) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match &node.kind {
        Kind::Scalar(_) => return (1, 0),
        Kind::Sequence(items) => items.iter().map(size).collect(),
        Kind::Mapping(entries) => entries.iter().map(|entry| size(&entry.value)).collect(),
    };
    let nodes = children.iter().map(|child| child.0).sum::<usize>();
    let levels = children.iter().map(|child| child.1).max().unwrap_or(0);
    (1 + nodes, 1 + levels)
}

/// A collection reaches to its closing bracket, or in block style to the end of its last value.
fn enclose(start: &Range<usize>, end: &Range<usize>, last: Option<usize>) -> Range<usize> {
    let end = if end.is_empty() { last.unwrap_or(start.end) } else { end.end };
    start.start..end.max(start.start)
}
