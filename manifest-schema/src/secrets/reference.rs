//! `{ source, provider, id }`, and the shorthand for a variable of the environment.

use super::SourceDefaults;
use crate::names::{EnvName, ProviderName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The longest id of an `exec` reference, and of a `file` reference, in bytes.
const MAX_ID: usize = 256;

/// Where a secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// A variable of the environment, or of the `.env` beside `wa.yaml`.
    Env,
    /// A file.
    File,
    /// What a program answers.
    Exec,
}

impl SecretSource {
    /// The word in a reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::File => "file",
            Self::Exec => "exec",
        }
    }
}

/// A secret that is named instead of written: valid in form, whether or not there is such a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef {
    source: SecretSource,
    provider: ProviderName,
    id: String,
}

/// A reference that is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefError {
    /// A key is missing, unknown or of the wrong type.
    #[error("a secret reference is `{{ source, provider, id }}`: {0}")]
    Shape(String),
    /// The id does not fit its source.
    #[error("`{id}` is not an id of the source `{}`: {rule}", .of.as_str())]
    Id {
        /// The source.
        of: SecretSource,
        /// The refused id.
        id: String,
        /// The grammar in words.
        rule: &'static str,
    },
    /// Braces around something that is no name of a variable.
    #[error("`{0}` is not `${{NAME}}`: 1 to 128 capitals, digits and underscores, beginning with a capital")]
    Shorthand(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: SecretSource,
    provider: Option<ProviderName>,
    id: String,
}

impl SecretRef {
    /// A reference of these parts.
    ///
    /// # Errors
    /// When the id does not fit the source.
    pub fn new(source: SecretSource, provider: ProviderName, id: String) -> Result<Self, RefError> {
        let rule = match source {
            SecretSource::Env => id.parse::<EnvName>().err().map(|error| error.rule),
            SecretSource::File if is_pointer(&id) => None,
            SecretSource::File => Some("a JSON pointer such as `/providers/acme/apiKey`, or `value`"),
            SecretSource::Exec if is_exec_id(&id) => None,
            SecretSource::Exec => Some(
                "1 to 256 letters, digits and `._:/#-`, beginning with a letter or digit, no `.` or `..` segment",
            ),
        };
        match rule {
            Some(rule) => Err(RefError::Id { of: source, id, rule }),
            None => Ok(Self { source, provider, id }),
        }
    }

    /// Reads an object `{ source, provider?, id }` or a text `${NAME}` or `$NAME`. `None` where the value is neither: then it is
    /// plain text, or something else.
    pub fn read(value: &Value, defaults: &SourceDefaults) -> Option<Result<Self, RefError>> {
        match value {
            Value::String(text) => Self::shorthand(text, defaults),
            Value::Object(map) if map.contains_key("source") => Some(
                Written::deserialize(value).map_err(|error| RefError::Shape(error.to_string())).and_then(
                    |Written { source, provider, id }| {
                        Self::new(source, provider.unwrap_or_else(|| defaults.of(source)), id)
                    },
                ),
            ),
            _ => None,
        }
    }

    fn shorthand(text: &str, defaults: &SourceDefaults) -> Option<Result<Self, RefError>> {
        let name = text.strip_prefix('$')?;
        let env = |name: &str| Self::new(SecretSource::Env, defaults.of(SecretSource::Env), name.to_owned());
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => Some(env(name).map_err(|_| RefError::Shorthand(text.to_owned()))),
            // A password may begin with a dollar sign.
            None => env(name).ok().map(Ok),
        }
    }

    /// Where it comes from.
    pub fn source(&self) -> SecretSource {
        self.source
    }

    /// Which of the project's providers.
    pub fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// What the provider knows it by.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// `env:default:ORDER_API_KEY`.
impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.source.as_str(), self.provider, self.id)
    }
}

/// RFC 6901, and not the whole document; or the one value of a `singleValue` file.
fn is_pointer(id: &str) -> bool {
    let escapes = |token: &str| token.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    id == "value"
        || id.len() <= MAX_ID && id.strip_prefix('/').is_some_and(|tokens| tokens.split('/').all(escapes))
}

/// `^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$`, without segments that lead elsewhere.
fn is_exec_id(id: &str) -> bool {
    id.len() <= MAX_ID
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/#-".contains(&b))
        && id.split('/').all(|segment| segment != "." && segment != "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Option<Result<String, RefError>> {
        let defaults = SourceDefaults::default();
        SecretRef::read(value, &defaults).map(|read| read.map(|found| found.to_string()))
    }

    #[test]
    fn the_grammar_of_references() {
        let long = format!("A{}", "B".repeat(127));
        for (written, expected) in [
            (
                json!({ "source": "env", "provider": "default", "id": "ORDER_API_KEY" }),
                "env:default:ORDER_API_KEY",
            ),
            (json!({ "source": "env", "id": "K" }), "env:default:K"),
            (
                json!({ "source": "file", "provider": "main", "id": "/providers/acme/a~1b~0" }),
                "file:main:/providers/acme/a~1b~0",
            ),
            (json!({ "source": "file", "provider": "one", "id": "value" }), "file:one:value"),
            (
                json!({ "source": "exec", "provider": "vault", "id": "providers/acme/apiKey#value" }),
                "exec:vault:providers/acme/apiKey#value",
            ),
            (json!("${ORDER_API_KEY}"), "env:default:ORDER_API_KEY"),
            (json!("$ORDER_API_KEY"), "env:default:ORDER_API_KEY"),
            (json!(format!("${{{long}}}")), &format!("env:default:{long}")),
        ] {
            assert_eq!(read(&written).unwrap().unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_reference() {
        for plain in [
            json!("secret"),
            json!("$2b$12$abc"),
            json!("$lower"),
            json!("$"),
            json!({ "id": "x" }),
            json!(1),
            json!(null),
        ] {
            assert_eq!(read(&plain), None, "{plain}");
        }
        let exec = |id: &str| json!({ "source": "exec", "provider": "vault", "id": id });
        let file = |id: &str| json!({ "source": "file", "provider": "main", "id": id });
        let env = |id: &str| json!({ "source": "env", "id": id });
        for bad in [
            exec("../x"),
            exec("a/../b"),
            exec("a/./b"),
            exec(""),
            exec(".a"),
            exec("a b"),
            exec(&"a".repeat(257)),
            file("apiKey"),
            file(""),
            file("/a~2"),
            file("/a~"),
            file(&format!("/{}", "a".repeat(256))),
            env("lower"),
            env("1A"),
            env(""),
            env("A-B"),
            env(&"A".repeat(129)),
            json!({ "source": "vault", "id": "X" }),
            json!({ "source": "env" }),
            json!({ "source": "env", "id": "X", "more": 1 }),
            json!({ "source": "env", "provider": "Default", "id": "X" }),
            json!("${lower}"),
            json!("${}"),
        ] {
            assert!(read(&bad).unwrap().is_err(), "{bad}");
        }
    }

    #[test]
    fn defaults_name_the_provider() {
        let defaults: SourceDefaults =
            serde_json::from_value(json!({ "exec": "vault", "env": "ci" })).unwrap();
        let read = |value: &Value| SecretRef::read(value, &defaults).unwrap().unwrap().to_string();
        assert_eq!(read(&json!({ "source": "exec", "id": "a" })), "exec:vault:a");
        assert_eq!(read(&json!("$A")), "env:ci:A");
        assert_eq!(read(&json!({ "source": "file", "id": "/a" })), "file:default:/a");
    }
}
