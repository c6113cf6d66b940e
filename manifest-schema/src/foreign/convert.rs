//! From what a foreign package says to a manifest of `wa` without code, and the facts beside it.

use super::reader::{Parsed, Reader};
use super::{Content, Foreign, id};
use crate::finding::Finding;
use crate::manifest::Manifest;
use crate::rules;
use crate::version::Version;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a package says of itself.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) config_schema: Option<Value>,
    pub(super) content: Content,
    pub(super) owns: BTreeMap<String, Vec<String>>,
    pub(super) requires: Vec<String>,
}

pub(super) fn convert(
    reader: &mut Reader<'_>,
    draft: Draft,
    package: Option<&Parsed>,
    fallback_id: &str,
) -> Option<(Manifest, Foreign)> {
    let of_package = |pointer: &str| package.and_then(|package| package.text(pointer)).map(str::to_owned);
    let named =
        draft.id.clone().or_else(|| of_package("/openclaw/plugin/id")).or_else(|| of_package("/name"));
    let written = named.unwrap_or_else(|| fallback_id.to_owned());
    let id = id::nearest(&written);
    if id.as_str() != written {
        let message = format!("`{written}` is `{id}` in wa");
        let file = shown(reader);
        reader.report.push(Finding::new(&rules::FOREIGN_ID, message).in_file(file));
    }
    let versions = [draft.version.clone(), of_package("/version")];
    let version = versions.into_iter().flatten().find(|text| text.parse::<Version>().is_ok());
    if version.is_none() {
        let file = shown(reader);
        let finding = Finding::new(
            &rules::FOREIGN_VERSION,
            "the package has no version such as 1.2.0; it counts as 0.0.0",
        );
        reader.report.push(finding.in_file(file));
    }
    let mut manifest = Map::new();
    manifest.insert("schema".to_owned(), json!(1));
    manifest.insert("id".to_owned(), json!(id));
    manifest.insert("version".to_owned(), json!(version.unwrap_or_else(|| "0.0.0".to_owned())));
    for (key, value) in [
        ("name", draft.name),
        ("description", draft.description.or_else(|| of_package("/description"))),
        ("license", of_package("/license")),
    ] {
        if let Some(value) = value {
            manifest.insert(key.to_owned(), value.into());
        }
    }
    let schema = draft.config_schema.unwrap_or_else(|| json!({ "type": "object" }));
    manifest.insert("configSchema".to_owned(), schema);
    let manifest = serde_json::from_value(Value::Object(manifest)).ok()?;
    let foreign = Foreign {
        format: reader.format,
        id: draft.id,
        content: draft.content,
        owns: draft.owns,
        requires: draft.requires,
        not_runnable: std::mem::take(&mut reader.not_runnable),
    };
    Some((manifest, foreign))
}

fn shown(reader: &Reader<'_>) -> std::path::PathBuf {
    match &reader.manifest {
        Some(source) => source.path.clone(),
        None => reader.root_label.to_owned(),
    }
}
