//! The secrets of a project's enabled plugins, and whether they are there. For `wa secrets` and `wa doctor`.

use std::fmt;

use manifest_schema::catalog::Enablement;
use manifest_schema::configuration::Configuration;
use manifest_schema::names::PluginId;
use manifest_schema::project::Project;
use manifest_schema::secrets::{Given, PlacedSecret, SecretRef, Secrets};
use registry_index::load::InstalledSet;
use secret_store::{Programs, ResolveError, SecretString, Snapshot, Surroundings, Weakness};

/// A secret of an enabled plugin.
#[derive(Debug)]
pub(crate) struct KnownSecret {
    pub(crate) plugin: PluginId,
    pub(crate) placed: PlacedSecret,
}

/// What the configurations hold.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) secrets: Vec<KnownSecret>,
    /// Plugins whose configuration is invalid, and why.
    pub(crate) unusable: Vec<(PluginId, String)>,
}

/// How it is with a secret.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    /// There is a value.
    Resolved,
    /// It stands in `wa.yaml`.
    Plain,
    /// There is a value, and it is a bad one.
    Weak(Weakness),
    /// A program would have to be asked.
    NotAsked,
    /// There is none.
    Missing(String),
}

/// The secrets of all enabled plugins that can be read.
pub(crate) fn of_project(project: &Project, installed: &InstalledSet) -> Found {
    let mut found = Found::default();
    for plugin in &installed.plugins {
        let Ok(loaded) = &plugin.plugin else { continue };
        if !Enablement::of(project, &plugin.id).is_enabled() {
            continue;
        }
        let entry = project.plugins.entries.get(&plugin.id);
        let given = entry.map(|entry| entry.config.clone()).unwrap_or_default();
        match Configuration::check(&loaded.manifest, given, &project.secrets.defaults) {
            Ok(configuration) => found.secrets.extend(
                configuration
                    .secrets
                    .into_iter()
                    .map(|placed| KnownSecret { plugin: plugin.id.clone(), placed }),
            ),
            Err(error) => found.unusable.push((plugin.id.clone(), error.to_string())),
        }
    }
    found
}

/// Resolves the secrets and forgets their values.
pub(crate) fn check<'a>(
    known: &'a [KnownSecret],
    secrets: &Secrets,
    surroundings: &Surroundings,
    programs: Programs,
) -> Vec<(&'a KnownSecret, Condition)> {
    let references = known.iter().filter_map(|secret| secret.reference().cloned());
    let snapshot = Snapshot::resolve(references, secrets, surroundings, programs, &Snapshot::default());
    known.iter().map(|secret| (secret, condition(&secret.placed.given, &snapshot))).collect()
}

fn condition(given: &Given, snapshot: &Snapshot) -> Condition {
    let weak = |value: &SecretString, otherwise| Weakness::of(value).map_or(otherwise, Condition::Weak);
    match given {
        Given::Plain(text) => weak(&SecretString::from(text.as_str()), Condition::Plain),
        Given::Reference(reference) => match snapshot.get(reference) {
            Ok(value) => weak(value, Condition::Resolved),
            Err(ResolveError::NotAsked) => Condition::NotAsked,
            Err(error) => Condition::Missing(error.in_full()),
        },
    }
}

impl KnownSecret {
    pub(crate) fn path(&self) -> &str {
        &self.placed.path
    }

    pub(crate) fn reference(&self) -> Option<&SecretRef> {
        match &self.placed.given {
            Given::Reference(reference) => Some(reference),
            Given::Plain(_) => None,
        }
    }

    /// The reference, or that there is none.
    pub(crate) fn origin(&self) -> String {
        self.reference().map_or_else(|| "written in wa.yaml".to_owned(), ToString::to_string)
    }
}

impl Condition {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }

    /// The word for programs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Plain => "plain",
            Self::Weak(Weakness::Short) => "short",
            Self::Weak(Weakness::Placeholder) => "placeholder",
            Self::NotAsked => "notAsked",
            Self::Missing(_) => "missing",
        }
    }

    /// Why it is missing.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Missing(why) => Some(why),
            _ => None,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolved => f.write_str("ok"),
            Self::Plain => f.write_str("ok, but plain text in a file that is shared"),
            Self::Weak(Weakness::Short) => f.write_str("too short to be kept out of logs"),
            Self::Weak(Weakness::Placeholder) => f.write_str("a placeholder"),
            Self::NotAsked => f.write_str("not asked; --allow-exec asks the program"),
            Self::Missing(why) => f.write_str(why),
        }
    }
}
