//! Headers that the host fills with a plugin's secrets.

use crate::{
    plugin::PluginSecrets,
    sign::{self, SignError},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use manifest_schema::manifest::{HeaderUse, SecretUse};
use secrecy::{ExposeSecret as _, SecretString};
use std::{collections::BTreeMap, fmt::Write as _};
use thiserror::Error;

/// A header as it goes out.
#[derive(Debug, Clone)]
pub struct FilledHeader {
    /// Its name.
    pub name: String,
    /// Its value, which holds the secret or a signature.
    pub value: SecretString,
    /// The path of the secret.
    pub path: String,
}

/// Why a header cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// Several secrets are for the same header.
    #[error(
        "`{first}` and `{second}` are both for the header `{header}`; name one of them in `secrets` of the request"
    )]
    Several {
        /// The header.
        header: String,
        /// A path.
        first: String,
        /// Another.
        second: String,
    },
    /// A request names a secret that is not for headers to this origin.
    #[error(
        "the secret `{path}` has no header for {origin}; `use: [{{ header, value, origin: \"{origin}\" }}]` under `configContracts.secretInputs` in the manifest would declare it"
    )]
    NotDeclared {
        /// The path.
        path: String,
        /// The origin.
        origin: String,
    },
    /// The body cannot be signed.
    #[error("the secret `{path}` cannot sign the body")]
    Sign {
        /// The path.
        path: String,
        /// Why.
        source: SignError,
    },
}

impl PluginSecrets {
    /// Whether each secret that a request names has a header for its origin, which `is_origin` knows.
    ///
    /// # Errors
    /// The first that has none.
    pub fn check_named(
        &self,
        is_origin: impl Fn(&HeaderUse) -> bool,
        origin: &str,
        named: &[String],
    ) -> Result<(), HeaderError> {
        for path in named {
            let uses = self.find(path).map(|secret| secret.input.uses.handle()).unwrap_or_default();
            if !uses.iter().any(|one| matches!(one, SecretUse::Header(header) if is_origin(header))) {
                return Err(HeaderError::NotDeclared { path: path.clone(), origin: origin.to_owned() });
            }
        }
        Ok(())
    }

    /// The headers of a request to an origin that `is_origin` knows. `named` are the paths to use, as far as they are for the origin;
    /// all that are for it if absent.
    ///
    /// # Errors
    /// When it is not clear which, or the body cannot be signed.
    pub fn headers(
        &self,
        is_origin: impl Fn(&HeaderUse) -> bool,
        named: Option<&[String]>,
        body: &[u8],
    ) -> Result<Vec<FilledHeader>, HeaderError> {
        let mut filled: BTreeMap<String, FilledHeader> = BTreeMap::new();
        let wanted = |path: &str| named.is_none_or(|named| named.iter().any(|one| one == path));
        for (path, secret) in self.iter().filter(|(path, _)| wanted(path)) {
            for one in secret.input.uses.handle() {
                let SecretUse::Header(header) = one else { continue };
                if !is_origin(header) {
                    continue;
                }
                let key = header.header.to_ascii_lowercase();
                if let Some(other) = filled.get(&key) {
                    let (first, second) = (other.path.clone(), path.to_owned());
                    return Err(HeaderError::Several { header: header.header.clone(), first, second });
                }
                let value = fill(header, secret.value(), body)
                    .map_err(|source| HeaderError::Sign { path: path.to_owned(), source })?;
                filled
                    .insert(key, FilledHeader { name: header.header.clone(), value, path: path.to_owned() });
            }
        }
        Ok(filled.into_values().collect())
    }
}

fn fill(header: &HeaderUse, secret: &SecretString, body: &[u8]) -> Result<SecretString, SignError> {
    let Some(signing) = header.sign else {
        return Ok(header.value.replace("{secret}", secret.expose_secret()).into());
    };
    let signature = sign::sign(secret, signing, body)?;
    let hex = signature.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok(header.value.replace("{hex}", &hex).replace("{base64}", &STANDARD.encode(&signature)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Snapshot;
    use manifest_schema::{manifest::ConfigContracts, secrets};
    use serde_json::{Value, json};

    fn of(config: Value, paths: Value) -> PluginSecrets {
        let contracts: ConfigContracts =
            serde_json::from_value(json!({ "secretInputs": { "paths": paths } })).unwrap();
        let found = secrets::find(&config, &contracts, &Default::default());
        PluginSecrets::new(&found.placed, &Snapshot::default()).unwrap()
    }

    fn headers(secrets: &PluginSecrets, named: Option<&[&str]>) -> Result<Vec<(String, String)>, String> {
        let named: Option<Vec<String>> =
            named.map(|named| named.iter().map(|path| (*path).to_owned()).collect());
        let is_a = |header: &HeaderUse| header.origin.to_string() == "https://a.test";
        let checked = secrets.check_named(is_a, "https://a.test", named.as_deref().unwrap_or_default());
        let filled = checked.and_then(|()| secrets.headers(is_a, named.as_deref(), b"body"));
        let filled = filled.map_err(|error| error.to_string())?;
        Ok(filled.into_iter().map(|one| (one.name, one.value.expose_secret().to_owned())).collect())
    }

    #[test]
    fn a_secret_goes_into_its_header_for_its_origin() {
        let secrets = of(
            json!({ "key": "k-1", "sign": "Jefe", "read": "r" }),
            json!([
                { "path": "key", "use": [
                    { "header": "Authorization", "value": "Bearer {secret}", "origin": "https://a.test" },
                    { "header": "X-Key", "value": "{secret}", "origin": "https://b.test" }, { "sign": "hmac-sha256" } ] },
                { "path": "sign", "use": [{ "header": "X-Signature", "value": "sha256={hex}; {base64}", "origin": "https://a.test", "sign": "hmac-sha256" }] },
                { "path": "read", "use": "value" },
            ]),
        );
        let both = headers(&secrets, None).unwrap();
        assert_eq!(both[0], ("Authorization".into(), "Bearer k-1".into()));
        let tag = secrets.hmac_sha256("sign", b"body").unwrap();
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(both[1], ("X-Signature".into(), format!("sha256={hex}; {}", STANDARD.encode(&tag))));
        assert!(
            secrets.verify_hmac_sha256("sign", b"body", &tag)
                && !secrets.verify_hmac_sha256("sign", b"bodY", &tag)
        );
        assert!(!secrets.verify_hmac_sha256("absent", b"body", &tag));
        assert_eq!(headers(&secrets, Some(&["sign"])).unwrap().len(), 1);
        assert_eq!(headers(&secrets, Some(&[])).unwrap(), []);
        assert!(headers(&secrets, Some(&["read"])).unwrap_err().contains("would declare it"));
        assert!(headers(&secrets, Some(&["absent"])).is_err());
    }

    #[test]
    fn of_several_one_is_named() {
        let one = [json!({ "header": "Authorization", "value": "{secret}", "origin": "https://a.test" })];
        let config = json!({ "accounts": { "x": { "token": "tx" }, "y": { "token": "ty" } } });
        let secrets = of(config, json!([{ "path": "accounts.*.token", "use": one }]));
        assert!(
            headers(&secrets, None)
                .unwrap_err()
                .contains("`accounts.x.token` and `accounts.y.token` are both")
        );
        assert_eq!(headers(&secrets, Some(&["accounts.y.token"])).unwrap()[0].1, "ty");
    }
}
