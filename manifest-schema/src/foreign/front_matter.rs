//! The lines between two `---` at the top of a Markdown file.

use super::reader::Parsed;
use crate::finding::Finding;
use crate::source::{Source, Syntax};
use crate::tree;

/// The front matter of a text, read as YAML; `None` if it has none. Places in it are places in the file.
pub(super) fn read(source: &Source) -> Option<Result<Parsed, Finding>> {
    let opening = source.text.lines().next().filter(|line| line.trim_end() == "---")?;
    let mut end = opening.len();
    let rest = source.text.get(end..)?;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" && end > opening.len() {
            // YAML takes the opening line for the mark of a document, so nothing has to be cut off before it.
            let matter = Source { text: source.text[..end].into(), syntax: Syntax::Yaml, ..source.clone() };
            let whole = Source { syntax: Syntax::Text, ..source.clone() };
            return Some(tree::parse(&matter).map(|root| Parsed { source: whole, root }));
        }
        end += line.len();
    }
    None
}
