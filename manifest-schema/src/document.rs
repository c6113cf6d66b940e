//! A source with its tree: where findings about a value are made.

use crate::finding::{Finding, Rule};
use crate::source::Source;
use crate::tree::Node;
use std::ops::Range;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Document<'a> {
    pub(crate) source: &'a Source,
    pub(crate) root: &'a Node,
}

impl Document<'_> {
    /// A finding about the value at a pointer: the caret is under the value, or under its key if the value has
    /// several lines. If there is no such value, the caret is under the nearest one around it.
    pub(crate) fn finding(self, rule: &'static Rule, pointer: &str, message: impl Into<String>) -> Finding {
        Finding::new(rule, message).at(&self.source.path, self.span(pointer)).pointer(pointer)
    }

    /// A finding about the key that leads to a pointer.
    pub(crate) fn finding_at_key(
        self,
        rule: &'static Rule,
        pointer: &str,
        message: impl Into<String>,
    ) -> Finding {
        let span = match self.root.locate(pointer) {
            Some((_, Some(entry))) => entry.key_span.clone(),
            _ => self.span(pointer),
        };
        Finding::new(rule, message).at(&self.source.path, span).pointer(pointer)
    }

    pub(crate) fn span(self, pointer: &str) -> Range<usize> {
        match self.root.locate(pointer) {
            _ if pointer.is_empty() => 0..0,
            Some((node, _)) if self.on_one_line(&node.span) => node.span.clone(),
            Some((_, Some(entry))) => entry.key_span.clone(),
            Some((node, None)) => self.first_line(&node.span),
            None => pointer.rfind('/').map_or(0..0, |end| self.span(&pointer[..end])),
        }
    }

    fn on_one_line(self, span: &Range<usize>) -> bool {
        self.source.text.get(span.clone()).is_some_and(|text| !text.contains('\n'))
    }

    /// The first line of a value without a key, such as an item of a list.
    fn first_line(self, span: &Range<usize>) -> Range<usize> {
        let length =
            self.source.text.get(span.clone()).and_then(|text| text.lines().next()).map_or(0, str::len);
        span.start..span.start + length
    }
}
