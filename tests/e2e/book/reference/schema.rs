//! A JSON Schema as a page: a table for every mapping, in the order of the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use manifest_schema::schemas::Published;
use manifest_schema::source::{Source, Syntax};
use manifest_schema::tree::{self, Node};

/// The page of a file that is written by people.
pub(super) fn page(schema: &Published, file: &str, guide: &str) -> String {
    let root = tree::parse(&Source::new(schema.name, schema.text, Syntax::Json)).unwrap();
    let mut page = Page {
        root: &root,
        text: String::new(),
        waiting: Vec::new(),
        seen: BTreeMap::new(),
        forms: BTreeSet::new(),
    };
    let _ = write!(
        page.text,
        "# {file}\n\n{} [The guide]({guide}) tells how the parts go together; `wa schema {}` prints the JSON Schema that this page is generated from.\n",
        text(&root, "description"),
        schema.name
    );
    page.table("Top level", &root);
    while !page.waiting.is_empty() {
        let (title, node) = page.waiting.remove(0);
        page.table(&title, node);
    }
    page.list_forms();
    page.text
}

struct Page<'a> {
    root: &'a Node,
    text: String,
    /// Mappings that get a table of their own, with their headings.
    waiting: Vec<(String, &'a Node)>,
    /// Definitions that have one, and where.
    seen: BTreeMap<String, String>,
    /// Definitions of texts with a form of their own.
    forms: BTreeSet<String>,
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn code(node: &Node) -> String {
    format!("`{}`", cell(&node.to_json().to_string()))
}

impl<'a> Page<'a> {
    fn table(&mut self, title: &str, node: &'a Node) {
        let _ = write!(self.text, "\n## {title}\n\n");
        let about = text(node, "description");
        if title != "Top level" && !about.is_empty() {
            let _ = write!(self.text, "{about}\n\n");
        }
        self.text += "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
        let required = node.get("required").map(Node::items).unwrap_or_default();
        for entry in node.get("properties").map(Node::entries).unwrap_or_default() {
            let is_required = required.iter().any(|name| name.as_str() == Some(&entry.key));
            let mark = if is_required { " (required)" } else { "" };
            let place = if title == "Top level" {
                entry.key.clone()
            } else {
                format!("{}.{}", title.trim_matches('`'), entry.key)
            };
            let (kind, default, meaning) =
                (self.kind(&entry.value, &place), self.default(&entry.value), self.meaning(&entry.value));
            let _ = writeln!(self.text, "| `{}`{mark} | {kind} | {default} | {meaning} |", entry.key);
        }
    }

    /// The definition that a schema refers to, and its name.
    fn target(&self, node: &'a Node) -> Option<(&'a str, &'a Node)> {
        let name = node.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        Some((name, self.root.get("$defs")?.get(name)?))
    }

    fn default(&self, node: &'a Node) -> String {
        let own = node.get("default").or_else(|| self.target(node)?.1.get("default"));
        own.map(code).unwrap_or_default()
    }

    fn meaning(&self, node: &'a Node) -> String {
        let of_target = || self.target(node).map_or("", |(_, target)| text(target, "description"));
        let own = text(node, "description");
        let mut meaning = cell(if own.is_empty() { of_target() } else { own });
        if let Some(example) = node.get("examples").and_then(|examples| examples.items().first()) {
            let _ = write!(meaning, " Example: {}", code(example));
        }
        meaning.trim().to_owned()
    }

    /// What kind of value fits, in words; mappings with keys of their own wait for a table.
    fn kind(&mut self, node: &'a Node, place: &str) -> String {
        if let Some((name, target)) = self.target(node) {
            return self.kind_of_definition(name, target, place);
        }
        if let Some(value) = node.get("const") {
            return code(value);
        }
        if let Some(values) = node.get("enum") {
            return values.items().iter().map(code).collect::<Vec<_>>().join(", ");
        }
        if node.get("properties").is_some() {
            let heading = format!("`{place}`");
            let link = format!("[mapping](#{})", anchor(place));
            self.waiting.push((heading, node));
            return link;
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(parts) = node.get(word) {
                let kinds: Vec<String> = parts.items().iter().map(|part| self.kind(part, place)).collect();
                return kinds.join(" or ");
            }
        }
        if let (Some(one), Some(other)) = (node.get("then"), node.get("else")) {
            let list = one.get("items").map(|items| self.kind(items, &format!("{place}[]")));
            let single = self.kind(other, place);
            return list.map_or(single.clone(), |list| format!("{single}, or a list of {list}"));
        }
        match text(node, "type") {
            "array" => {
                let items = node
                    .get("items")
                    .map_or("anything".to_owned(), |items| self.kind(items, &format!("{place}[]")));
                format!("list of {items}")
            }
            "object" => match node.get("additionalProperties").filter(|inner| inner.is_mapping()) {
                Some(inner) => {
                    format!("mapping of names to {}", self.kind(inner, &format!("{place}.<name>")))
                }
                None => "mapping".to_owned(),
            },
            "string" => format!("text{}", limits(node)),
            "boolean" => "`true` or `false`".to_owned(),
            kind @ ("integer" | "number") => format!("{kind}{}", limits(node)),
            _ => "any".to_owned(),
        }
    }

    fn kind_of_definition(&mut self, name: &'a str, target: &'a Node, place: &str) -> String {
        let is_mapping = target.get("properties").is_some();
        if is_mapping {
            if let Some(first) = self.seen.get(name) {
                return format!("[mapping](#{})", anchor(first));
            }
            self.seen.insert(name.to_owned(), place.to_owned());
            return self.kind(target, place);
        }
        if target.get("type").and_then(Node::as_str) == Some("string") {
            self.forms.insert(name.to_owned());
            return format!("[{name}](#forms)");
        }
        self.kind(target, place)
    }

    fn list_forms(&mut self) {
        self.text += "\n## Forms\n\n| form | what it is |\n| --- | --- |\n";
        for name in std::mem::take(&mut self.forms) {
            let Some(target) = self.root.get("$defs").and_then(|defs| defs.get(&name)) else { continue };
            let meaning = self.meaning(target);
            let pattern = target
                .get("pattern")
                .map(|pattern| format!(" `{}`", cell(pattern.as_str().unwrap_or_default())));
            let _ = writeln!(self.text, "| `{name}` | {meaning}{} |", pattern.unwrap_or_default());
        }
    }
}

fn limits(node: &Node) -> String {
    let number =
        |keys: [&str; 2]| keys.iter().find_map(|key| node.get(key)).map(|node| node.to_json().to_string());
    let (least, most) = (number(["minimum", "minLength"]), number(["maximum", "maxLength"]));
    let is_text = text(node, "type") == "string";
    let unit = if is_text { " characters" } else { "" };
    match (least.filter(|least| !is_text || least != "1"), most) {
        (Some(least), Some(most)) => format!(", {least} to {most}{unit}"),
        (Some(least), None) => format!(", {least} or more{unit}"),
        (None, Some(most)) => format!(", up to {most}{unit}"),
        (None, None) => String::new(),
    }
}

/// The anchor of a heading that is code.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect::<String>()
        .to_lowercase()
}
