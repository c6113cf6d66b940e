//! The secrets of one plugin's configuration: where `configContracts.secretInputs` names a path, and nowhere else.

use super::{RefError, SecretRef, SourceDefaults};
use crate::manifest::{ConfigContracts, SecretInput};
use crate::tree;
use serde_json::Value;

/// What stands at the path of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A reference.
    Reference(SecretRef),
    /// The secret itself, written into the file.
    Plain(String),
}

/// A secret in a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedSecret {
    /// Its dotted path, without `*`: `accounts.0.token`.
    pub path: String,
    /// The same as a JSON pointer.
    pub pointer: String,
    /// What the manifest says of it.
    pub input: SecretInput,
    /// What stands there.
    pub given: Given,
}

/// A reference that cannot stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisplacedReference {
    /// Where, as a JSON pointer into the configuration.
    pub pointer: String,
    /// Why, and what to do.
    pub message: String,
}

/// The secrets of a configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigSecrets {
    /// Those that may be there.
    pub placed: Vec<PlacedSecret>,
    /// References that may not be there, or are malformed.
    pub misplaced: Vec<MisplacedReference>,
}

/// Finds the secrets of a configuration, defaults filled in.
pub fn find(config: &Value, contracts: &ConfigContracts, defaults: &SourceDefaults) -> ConfigSecrets {
    let inputs = contracts.secret_inputs.as_ref().map_or(&[][..], |inputs| &inputs.paths);
    let mut search = Search { inputs, defaults, found: ConfigSecrets::default() };
    search.look(config, &mut Vec::new());
    search.found
}

/// What the manifest says of a path: an input that names it in full goes before one with a `*`.
pub fn names<'a>(inputs: &'a [SecretInput], path: &str) -> Option<&'a SecretInput> {
    let exact = inputs.iter().find(|input| input.path == path);
    exact.or_else(|| inputs.iter().find(|input| path_matches(&input.path, path)))
}

/// Whether a dotted path is one of those that a pattern names; `*` stands for any one segment.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (pattern.split('.'), path.split('.'));
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => return true,
            (Some(wanted), Some(there)) if wanted == "*" || wanted == there => {}
            _ => return false,
        }
    }
}

struct Search<'a> {
    inputs: &'a [SecretInput],
    defaults: &'a SourceDefaults,
    found: ConfigSecrets,
}

impl Search<'_> {
    fn look(&mut self, value: &Value, keys: &mut Vec<String>) {
        let path = keys.join(".");
        if let Some(input) = names(self.inputs, &path) {
            let given = match SecretRef::read(value, self.defaults) {
                Some(Ok(reference)) => Some(Given::Reference(reference)),
                Some(Err(error)) => return self.misplaced(keys, error.to_string()),
                None => value.as_str().map(|text| Given::Plain(text.to_owned())),
            };
            if let Some(given) = given {
                let placed = PlacedSecret { path, pointer: pointer(keys), input: input.clone(), given };
                return self.found.placed.push(placed);
            }
        } else if let Some(reference) = stray(value, self.defaults) {
            let message = format!(
                "a secret reference is not allowed here ({reference}): `configContracts.secretInputs.paths` of the plugin does not name `{path}`"
            );
            return self.misplaced(keys, message);
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| self.below(key.clone(), value, keys)),
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| self.below(index.to_string(), value, keys));
            }
            _ => {}
        }
    }

    fn below(&mut self, key: String, value: &Value, keys: &mut Vec<String>) {
        keys.push(key);
        self.look(value, keys);
        keys.pop();
    }

    fn misplaced(&mut self, keys: &[String], message: String) {
        self.found.misplaced.push(MisplacedReference { pointer: pointer(keys), message });
    }
}

/// A reference written out where no secret is expected. A text with a dollar sign is just a text there, and so is an object that
/// only resembles one.
fn stray(value: &Value, defaults: &SourceDefaults) -> Option<SecretRef> {
    let read: Option<Result<SecretRef, RefError>> =
        value.is_object().then(|| SecretRef::read(value, defaults)).flatten();
    read?.ok()
}

fn pointer(keys: &[String]) -> String {
    keys.iter().fold(String::new(), |pointer, key| tree::join(&pointer, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contracts() -> ConfigContracts {
        serde_json::from_value(json!({ "secretInputs": { "paths": [
            { "path": "apiKey" }, { "path": "routes.*.secret" }, { "path": "routes.main.secret", "use": "value" }
        ] } }))
        .unwrap()
    }

    #[test]
    fn secrets_stand_where_the_manifest_names_their_path() {
        let config = json!({
            "apiKey": "${A}",
            "routes": { "main": { "secret": "plain" }, "a/b": { "secret": { "source": "env", "id": "B" } } },
            "other": "${NOT_A_REFERENCE}", "list": [{ "source": "news", "id": "7" }],
        });
        let found = find(&config, &contracts(), &SourceDefaults::default());
        assert_eq!(found.misplaced, []);
        let placed: Vec<_> = found
            .placed
            .iter()
            .map(|secret| (secret.path.as_str(), secret.pointer.as_str(), secret.input.path.as_str()))
            .collect();
        assert_eq!(
            placed,
            [
                ("apiKey", "/apiKey", "apiKey"),
                ("routes.a/b.secret", "/routes/a~1b/secret", "routes.*.secret"),
                ("routes.main.secret", "/routes/main/secret", "routes.main.secret"),
            ]
        );
        assert_eq!(found.placed[2].given, Given::Plain("plain".into()));
    }

    #[test]
    fn elsewhere_a_reference_is_refused() {
        let config = json!({ "url": { "source": "env", "provider": "default", "id": "URL" }, "apiKey": { "source": "env", "id": "lower" } });
        let found = find(&config, &contracts(), &SourceDefaults::default());
        let pointers: Vec<&str> = found.misplaced.iter().map(|bad| bad.pointer.as_str()).collect();
        assert_eq!(pointers, ["/apiKey", "/url"]);
        assert!(found.misplaced[1].message.contains("does not name `url`"), "{:?}", found.misplaced);
        assert_eq!(found.placed, []);
    }

    #[test]
    fn patterns() {
        assert!(path_matches("a.*.c", "a.b.c") && path_matches("a.*", "a.0"));
        assert!(!path_matches("a.*", "a") && !path_matches("a.*", "a.b.c") && !path_matches("a", "b"));
    }
}
