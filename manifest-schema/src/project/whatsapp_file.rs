//! `config/plugins/whatsapp.yaml`: the WhatsApp accounts of a project in a file of their own, with the keys of `channels.whatsapp`.

use super::Project;
use super::read::two_accounts_as_one;
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::source::Source;
use crate::tree::{Entry, Kind, Node};
use crate::{rules, schemas, tree};
use serde_json::{Value, json};

/// Adds the accounts of the file to the project. With an error among the findings nothing was added.
pub fn read_whatsapp(project: &mut Project, source: &Source) -> Vec<Finding> {
    let file = match tree::parse(source) {
        Ok(file) => file,
        Err(finding) => return vec![finding],
    };
    // The file as the part of wa.yaml that it stands for, so that one schema says what an account is.
    let root = inside(inside(file.get("whatsapp").cloned().unwrap_or_else(empty), "whatsapp"), "channels");
    let document = Document { source, root: &root };
    let mut findings: Vec<Finding> = foreign_keys(&file, Document { source, root: &file });
    if !project.channels.whatsapp.is_empty() {
        let message = "there are WhatsApp accounts in `channels` of wa.yaml, too";
        let finding = document.finding(&rules::TWO_PLACES, "/channels/whatsapp", message);
        findings.push(finding.help("keep them in one of the two"));
    }
    let mut value = root.to_json();
    value["schema"] = json!(1);
    findings.extend(schemas::PROJECT.check(document, &value));
    if !findings.is_empty() {
        return findings;
    }
    match schemas::PROJECT.typed::<Project>(document, value) {
        Ok(read) => {
            findings.extend(two_accounts_as_one(&read, document));
            if findings.iter().all(|finding| finding.severity < Severity::Error) {
                project.channels.whatsapp = read.channels.whatsapp;
            }
        }
        Err(finding) => findings.push(finding),
    }
    findings
}

fn inside(value: Node, key: &str) -> Node {
    let span = value.span.clone();
    let key_span = span.start..span.start;
    Node { span, kind: Kind::Mapping(vec![Entry { key: key.to_owned(), key_span, value }]) }
}

fn empty() -> Node {
    Node { span: 0..0, kind: Kind::Scalar(Value::Null) }
}

fn foreign_keys(file: &Node, document: Document<'_>) -> Vec<Finding> {
    let foreign = file.entries().iter().filter(|entry| entry.key != "whatsapp");
    foreign
        .map(|entry| {
            let message = format!("this file has `whatsapp`, not `{}`", entry.key);
            document.finding_at_key(&rules::UNKNOWN_KEY, &tree::join("", &entry.key), message)
        })
        .collect()
}
