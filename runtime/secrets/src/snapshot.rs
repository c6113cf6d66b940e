//! What all references of a project came to, at one moment.

use crate::provider::{self, ResolveError, Resolved, Surroundings};
use manifest_schema::{
    names::ProviderName,
    secrets::{SecretRef, Secrets},
};
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Whether programs are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    /// They are: a host needs the values.
    Ask,
    /// They are not: somebody only looks.
    Leave,
}

/// The values of references. Immutable: a reload makes another one.
#[derive(Debug, Default)]
pub struct Snapshot {
    values: BTreeMap<SecretRef, Resolved>,
    /// Why a value is that of an earlier snapshot.
    stale: BTreeMap<SecretRef, ResolveError>,
}

impl Snapshot {
    /// Resolves references. One that cannot be resolved now and could be `before` keeps its value, and is [`Snapshot::stale`]. Waits for
    /// files and programs, as long as their providers let them.
    pub fn resolve(
        references: impl IntoIterator<Item = SecretRef>,
        secrets: &Secrets,
        surroundings: &Surroundings,
        programs: Programs,
        before: &Self,
    ) -> Self {
        let wanted: BTreeSet<SecretRef> = references.into_iter().collect();
        let mut by_provider: BTreeMap<&ProviderName, Vec<&SecretRef>> = BTreeMap::new();
        for reference in &wanted {
            by_provider.entry(reference.provider()).or_default().push(reference);
        }
        let mut snapshot = Self::default();
        for (name, references) in by_provider {
            let answers =
                provider::resolve(name, &references, secrets, surroundings, programs == Programs::Ask);
            for (reference, answer) in references.into_iter().zip(answers) {
                let answer = match (answer, before.values.get(reference)) {
                    (Err(why), Some(Ok(last))) => {
                        snapshot.stale.insert(reference.clone(), why);
                        Ok(Arc::clone(last))
                    }
                    (answer, _) => answer,
                };
                snapshot.values.insert(reference.clone(), answer);
            }
        }
        snapshot
    }

    /// The value of a reference, or why there is none.
    ///
    /// # Errors
    /// Why it could not be resolved.
    pub fn get(&self, reference: &SecretRef) -> Result<&Arc<SecretString>, ResolveError> {
        match self.values.get(reference) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(error.clone()),
            None => Err(ResolveError::NotMentioned),
        }
    }

    /// References whose value is an earlier one, and why.
    pub fn stale(&self) -> impl Iterator<Item = (&SecretRef, &ResolveError)> {
        self.stale.iter()
    }

    /// Whether there are no references.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

    fn variable(name: &str) -> Option<String> {
        matches!(name, "IN_BOTH" | "IN_ENVIRONMENT").then(|| "from the environment".to_owned())
    }

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn reference(text: &str) -> SecretRef {
        let [source, provider, id]: [&str; 3] = text.splitn(3, ':').collect::<Vec<_>>().try_into().unwrap();
        let written = json!({ "source": source, "provider": provider, "id": id });
        SecretRef::read(&written, &Default::default()).unwrap().unwrap()
    }

    struct Room {
        directory: tempfile::TempDir,
        secrets: Secrets,
    }

    impl Room {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            write(&directory.path().join(".env"), "IN_BOTH=from .env\nIN_DOTENV=from .env\nEMPTY=");
            write(&directory.path().join("all.json"), r#"{"a":{"b/c":"from json"},"n":1}"#);
            write(&directory.path().join("one"), "from one\n");
            let resolver = fs::canonicalize(directory.path()).unwrap().join("resolver");
            let answer =
                r#"{"protocolVersion":1,"values":{"x":"from vault"},"errors":{"y":{"code":"NOT_FOUND"}}}"#;
            fs::write(&resolver, format!("#!/bin/sh\ncat >/dev/null; echo '{answer}'")).unwrap();
            fs::set_permissions(&resolver, fs::Permissions::from_mode(0o700)).unwrap();
            let secrets = json!({ "providers": {
                "ci": { "source": "env", "allowlist": ["IN_DOTENV"] },
                "main": { "source": "file", "path": "all.json" },
                "one": { "source": "file", "path": "~/one", "mode": "singleValue" },
                "gone": { "source": "file", "path": "/nowhere/at/all" },
                "vault": { "source": "exec", "command": resolver, "timeoutMs": 20_000, "noOutputTimeoutMs": 20_000 },
            } });
            Self { directory, secrets: serde_json::from_value(secrets).unwrap() }
        }

        fn resolve(&self, references: &[&str], programs: Programs, before: &Snapshot) -> Snapshot {
            let root = self.directory.path().to_owned();
            let surroundings = Surroundings { home: Some(root.clone()), root, variable };
            let references = references.iter().map(|text| reference(text));
            Snapshot::resolve(references, &self.secrets, &surroundings, programs, before)
        }
    }

    const ALL: [(&str, Result<&str, &str>); 17] = [
        ("env:default:IN_ENVIRONMENT", Ok("from the environment")),
        ("env:default:IN_BOTH", Ok("from the environment")),
        ("env:default:IN_DOTENV", Ok("from .env")),
        ("env:default:ABSENT", Err("the variable ABSENT is set neither in the environment nor in .env")),
        ("env:default:EMPTY", Err("the value is empty")),
        ("env:ci:IN_DOTENV", Ok("from .env")),
        (
            "env:ci:IN_ENVIRONMENT",
            Err("`secrets.providers.ci.allowlist` in wa.yaml does not name `IN_ENVIRONMENT`"),
        ),
        ("env:nobody:A", Err("there is no provider `nobody` under `secrets.providers` in wa.yaml")),
        ("env:main:A", Err("the provider `main` is of the source `file`, not `env`")),
        ("file:main:/a/b~1c", Ok("from json")),
        (
            "file:main:value",
            Err("the file is a JSON document: the id is a pointer into it, such as `/apiKey`"),
        ),
        ("file:one:value", Ok("from one")),
        ("file:one:/a", Err("the file holds one secret (`mode: singleValue`): its id is `value`")),
        ("file:gone:/a", Err("/nowhere/at/all cannot be read")),
        ("exec:vault:x", Ok("from vault")),
        ("exec:vault:y", Err("the program says NOT_FOUND")),
        ("exec:vault:z", Err("the program's answer does not mention it")),
    ];

    #[test]
    fn every_reference_has_its_value_or_its_reason() {
        let room = Room::new();
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        let snapshot = room.resolve(&names, Programs::Ask, &Snapshot::default());
        for (name, expected) in ALL {
            let found = snapshot.get(&reference(name));
            let found =
                found.map(|value| value.expose_secret().to_owned()).map_err(|error| error.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{name}");
        }
        assert!(!format!("{snapshot:?}").contains("from "), "{snapshot:?}");
        let snapshot = room.resolve(&["file:main:/n", "exec:vault:x"], Programs::Leave, &Snapshot::default());
        assert!(matches!(snapshot.get(&reference("file:main:/n")), Err(ResolveError::NoText { .. })));
        assert!(matches!(snapshot.get(&reference("exec:vault:x")), Err(ResolveError::NotAsked)));
    }

    #[test]
    fn the_last_good_value_stays_and_a_new_one_takes_its_place() {
        let room = Room::new();
        let names = ["env:default:IN_DOTENV", "file:main:/a/b~1c", "env:default:NEW"];
        let first = room.resolve(&names, Programs::Ask, &Snapshot::default());
        write(&room.directory.path().join(".env"), "IN_DOTENV=rotated\nNEW=new");
        write(&room.directory.path().join("all.json"), "{");
        let second = room.resolve(&names, Programs::Ask, &first);
        let value = |name: &str| second.get(&reference(name)).unwrap().expose_secret().to_owned();
        assert_eq!(names.map(value), ["rotated", "from json", "new"]);
        let stale: Vec<String> = second.stale().map(|(name, why)| format!("{name}: {why}")).collect();
        assert_eq!(stale.len(), 1);
        assert!(
            stale[0].starts_with("file:main:/a/b~1c: ") && stale[0].contains("is not JSON (line 1"),
            "{stale:?}"
        );
        assert!(first.get(&reference(names[0])).unwrap().expose_secret() == "from .env");
    }

    #[test]
    fn a_loose_dotenv_is_named_only_where_it_is_needed() {
        let room = Room::new();
        let dotenv = room.directory.path().join(".env");
        fs::set_permissions(&dotenv, fs::Permissions::from_mode(0o644)).unwrap();
        let names = ["env:default:IN_DOTENV", "env:default:IN_BOTH"];
        let snapshot = room.resolve(&names, Programs::Ask, &Snapshot::default());
        assert!(snapshot.get(&reference(names[1])).is_ok());
        let error = snapshot.get(&reference(names[0])).unwrap_err().in_full();
        assert!(error.contains("can be reached by others (mode 0644); `chmod 600` it"), "{error}");
    }
}
