//! The secrets of the running set: resolved before it is built, and kept out of what leaves the host.

use crate::{notice::Notices, options::ProjectSet, plugin::PluginProblem};
use manifest_schema::{
    catalog::Enablement,
    configuration::Configuration,
    manifest::Manifest,
    permissions::Permissions,
    project::{Project, SecretValues},
    secrets::{Given, PlacedSecret},
};
use secret_store::{PluginSecrets, Programs, Redactor, SecretString, Snapshot};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError, RwLock};

/// Values that were replaced and are still looked for, since calls in flight end with them.
const RETIRED: usize = 64;

/// Resolves every secret that an enabled plugin needs, away from the async threads. Before that, the process becomes one whose memory
/// others cannot look into.
pub(crate) async fn resolve(set: &ProjectSet, before: Arc<Snapshot>, notices: &Notices) -> Arc<Snapshot> {
    let placed = placed(set);
    if placed.is_empty() {
        return Arc::default();
    }
    if let Err(error) = secret_store::forbid_dumps() {
        notices.trouble(format!("this process may leave core files with secrets in them: {error}"));
    }
    let references = placed.into_iter().filter_map(|secret| match secret.given {
        Given::Reference(reference) => Some(reference),
        Given::Plain(_) => None,
    });
    let references: Vec<_> = references.collect();
    let (secrets, surroundings) = (set.project.secrets.clone(), set.secrets.clone());
    let resolving = tokio::task::spawn_blocking(move || {
        Snapshot::resolve(references, &secrets, &surroundings, Programs::Ask, &before)
    });
    resolving.await.map(Arc::new).unwrap_or_default()
}

/// The secrets of all plugins that are to run.
fn placed(set: &ProjectSet) -> Vec<PlacedSecret> {
    let plugins = set.installed.plugins.iter();
    let enabled = plugins.filter(|plugin| Enablement::of(&set.project, &plugin.id).is_enabled());
    let loaded = enabled.filter_map(|plugin| plugin.plugin.as_ref().ok());
    loaded
        .filter(|loaded| loaded.manifest.config_contracts.secret_inputs.is_some())
        // What is wrong with a configuration is told when the plugin is built.
        .filter_map(|loaded| configuration(&loaded.manifest, &set.project).ok())
        .flat_map(|configuration| configuration.secrets)
        .collect()
}

/// A plugin's configuration, checked.
pub(crate) fn configuration(manifest: &Manifest, project: &Project) -> Result<Configuration, PluginProblem> {
    let entry = project.plugins.entries.get(&manifest.id);
    let given = entry.map(|entry| entry.config.clone()).unwrap_or_default();
    Configuration::check(manifest, given, &project.secrets.defaults)
        .map_err(|error| PluginProblem::Config(error.to_string()))
}

/// Refuses a plugin that reads a secret itself without the leave of all three: manifest, grant and policy.
pub(crate) fn check_values(
    placed: &[PlacedSecret],
    permissions: &Permissions,
    policy: SecretValues,
) -> Result<(), PluginProblem> {
    for path in placed.iter().filter(|secret| secret.input.uses.is_value()).map(|secret| &secret.input.path) {
        if !permissions.secret_values.contains(path) {
            return Err(PluginProblem::Secret(format!(
                "its code reads the secret `{path}`; `permissions.secretValues: [{path}]` in its manifest, granted at install, would allow it"
            )));
        }
        if policy == SecretValues::Deny {
            return Err(PluginProblem::Secret(format!(
                "its code reads the secret `{path}`; `policy.secretValues: allow` in wa.yaml, with no policy above it that denies it, would allow it"
            )));
        }
    }
    Ok(())
}

/// The configuration as plugin code sees it: handles in place of secrets, values only where the manifest says so.
pub(crate) fn for_code(configuration: &Configuration, secrets: &PluginSecrets) -> Value {
    use secret_store::ExposeSecret as _;
    let mut values = configuration.values.clone();
    for secret in &configuration.secrets {
        let Some(place) = values.pointer_mut(&secret.pointer) else { continue };
        *place = match secrets.get(&secret.path).filter(|_| secret.input.uses.is_value()) {
            Some(value) => value.expose_secret().into(),
            None => json!({ "secret": secret.path }),
        };
    }
    values
}

/// What is blacked out of everything that leaves the host. Shared; a reload teaches it new values.
#[derive(Debug, Default)]
pub(crate) struct Redaction(RwLock<Known>);

#[derive(Default)]
struct Known {
    redactor: Redactor,
    current: Vec<Arc<SecretString>>,
    retired: Vec<Arc<SecretString>>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("current", &self.current.len()).finish_non_exhaustive()
    }
}

impl Redaction {
    /// Takes the values that are in use from now on. Those that were stay known, up to a number.
    pub(crate) fn learn(&self, values: Vec<Arc<SecretString>>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut known.current, values);
        known.retired.extend(old);
        let excess = known.retired.len().saturating_sub(RETIRED);
        known.retired.drain(..excess);
        known.redactor = Redactor::new(known.current.iter().chain(&known.retired).map(|value| &**value));
    }

    pub(crate) fn redactor(&self) -> Redactor {
        self.0.read().unwrap_or_else(PoisonError::into_inner).redactor.clone()
    }

    /// Takes secrets out of texts.
    pub(crate) fn mend<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>) {
        let redactor = self.redactor();
        if !redactor.is_empty() {
            texts.into_iter().for_each(|text| redactor.mend(text));
        }
    }
}
