//! The one text of a lock: fixed order, every text in double quotes, so that nothing is read as anything else.

use super::{Locked, Lockfile};
use serde::Serialize;
use std::fmt::{self, Display, Write};

const HEADER: &str = "\
# Written by wa. It pins what is installed: review its changes, keep it under version control, do not edit it.
schema: 1
";

impl Lockfile {
    /// The text of the lock. The same lock always has the same text.
    pub fn to_yaml(&self) -> String {
        let mut text = HEADER.to_owned();
        // Writing to a text cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        if self.plugins.is_empty() {
            return out.write_str("plugins: {}\n");
        }
        out.write_str("plugins:\n")?;
        for (id, locked) in &self.plugins {
            writeln!(out, "  {id}:")?;
            write_plugin(out, locked)?;
        }
        Ok(())
    }
}

fn write_plugin(out: &mut String, locked: &Locked) -> fmt::Result {
    field(out, "spec", Some(&locked.spec))?;
    field(out, "resolved", Some(&locked.resolved))?;
    field(out, "version", Some(&locked.version))?;
    field(out, "archive", Some(&locked.archive))?;
    field(out, "package", locked.package.as_ref())?;
    field(out, "tree", Some(&locked.tree))?;
    field(out, "publisher", locked.publisher.as_ref())?;
    field(out, "key", locked.key.as_ref())?;
    if let Some(seq) = locked.seq {
        writeln!(out, "    seq: {seq}")?;
    }
    field(out, "trust", Some(&locked.trust))?;
    if !locked.exceptions.is_empty() {
        let names: Vec<String> = locked.exceptions.iter().map(quoted_json).collect();
        writeln!(out, "    exceptions: [{}]", names.join(", "))?;
    }
    writeln!(out, "    grant:\n      digest: {}", quoted(&locked.grant.digest))?;
    if locked.grant.words.is_empty() {
        writeln!(out, "      words: []")?;
    } else {
        writeln!(out, "      words:")?;
        locked.grant.words.iter().try_for_each(|line| writeln!(out, "        - {}", quoted(line)))?;
    }
    field(out, "installedAt", Some(&locked.installed_at))
}

fn field(out: &mut String, name: &str, value: Option<&impl Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| writeln!(out, "    {name}: {}", quoted(value)))
}

/// A text as a double-quoted scalar of YAML. Everything that is not plainly printable is escaped.
fn quoted(value: &impl Display) -> String {
    let mut quoted = String::from("\"");
    for c in value.to_string().chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{1fff}' | '\u{2070}'..='\u{d7ff}' => {
                quoted.push(c);
            }
            c => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A value that serialises as a text.
fn quoted_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
