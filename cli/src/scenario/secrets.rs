//! A scenario's secrets, given to the plugin as an operator gives them: in a file, with references in the configuration.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use manifest_schema::manifest::Manifest;
use manifest_schema::scenario::Scenario;
use manifest_schema::secrets;
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome, While};

/// The file, in the project of the scenario.
const FILE: &str = "secrets.json";
/// Its provider's name.
const PROVIDER: &str = "scenario";

/// Who resolves the references.
pub(super) fn provider() -> Value {
    json!({ "providers": { PROVIDER: { "source": "file", "path": FILE, "mode": "json" } } })
}

/// Writes the file; the configuration with references in the places of the secrets.
pub(super) fn hand_over(scenario: &Scenario, manifest: &Manifest, project: &Path) -> Outcome<Value> {
    let mut config = Value::Object(scenario.config.clone());
    let declared = manifest.config_contracts.secret_inputs.as_ref().map_or(&[][..], |inputs| &inputs.paths);
    let mut values = Vec::new();
    for (path, value) in &scenario.secrets {
        if secrets::names(declared, path).is_none() {
            let why =
                format_args!("`secrets` names `{path}`, which is no secret of the plugin's configuration");
            return Err(Failure::no(why)
                .hint("`configContracts.secretInputs.paths` in the manifest says where secrets may stand"));
        }
        let reference = json!({ "source": "file", "provider": PROVIDER, "id": format!("/{}", values.len()) });
        place(&mut config, path, reference).map_err(|at| {
            Failure::no(format_args!(
                "`secrets` names `{path}`, and `config` has no list or mapping at `{at}`"
            ))
        })?;
        values.push(value);
    }
    let mut file = OpenOptions::new();
    let opened = file.write(true).create_new(true).mode(0o600).open(project.join(FILE));
    let mut file = opened.cannot("write a temporary project")?;
    file.write_all(json!(values).to_string().as_bytes()).cannot("write a temporary project")?;
    Ok(config)
}

/// Puts a value at a dotted path; mappings on the way are made. The path of what is in the way, where something is.
fn place(config: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut here = config;
    let mut walked = String::new();
    for name in path.split('.') {
        let list_item = name.parse::<usize>().ok();
        here = match here {
            Value::Object(members) => members.entry(name).or_insert_with(|| json!({})),
            Value::Array(items) => match list_item.and_then(|at| items.get_mut(at)) {
                Some(item) => item,
                None => return Err(walked),
            },
            _ => return Err(walked),
        };
        walked = if walked.is_empty() { name.to_owned() } else { format!("{walked}.{name}") };
    }
    *here = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::place;
    use serde_json::json;

    #[test]
    fn a_secret_stands_where_its_path_leads() {
        let mut config = json!({ "accounts": [{ "name": "a" }], "plain": "x" });
        place(&mut config, "api.key", json!(1)).unwrap();
        place(&mut config, "accounts.0.token", json!(2)).unwrap();
        assert_eq!(
            config,
            json!({ "accounts": [{ "name": "a", "token": 2 }], "plain": "x", "api": { "key": 1 } })
        );
        assert_eq!(place(&mut config, "plain.key", json!(3)), Err("plain".to_owned()));
        assert_eq!(place(&mut config, "accounts.1.token", json!(3)), Err("accounts".to_owned()));
    }
}
