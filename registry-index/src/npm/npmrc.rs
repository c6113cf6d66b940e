//! `.npmrc`: registries and credentials, as npm's own files say them.

use base64::prelude::{BASE64_STANDARD, Engine};
use std::collections::BTreeMap;

/// The lines of one `.npmrc`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Npmrc {
    values: BTreeMap<String, String>,
    /// What was left out, and why, for a person.
    pub warnings: Vec<String>,
}

/// Looks up `${NAME}`. A file that may come from a stranger is read without one: it could send a variable of the
/// operator's environment to a registry of its own choice.
pub type Expand<'a> = Option<&'a dyn Fn(&str) -> Option<String>>;

impl Npmrc {
    /// Reads the text of a file; `name` is for warnings. Lines that npm would not understand mean nothing here either.
    pub fn parse(text: &str, name: &str, expand: Expand<'_>) -> Self {
        let mut npmrc = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';', '[']) {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, "true"));
            let (key, value) = (key.trim(), unquoted(value.trim()));
            match expanded(value, expand) {
                Ok(value) => drop(npmrc.values.insert(key.to_owned(), value)),
                Err(variable) => npmrc.warnings.push(match expand {
                    Some(_) => format!("{name}: `{key}` is left out, because ${{{variable}}} is not set"),
                    None => format!(
                        "{name}: `{key}` is left out; variables are put in only in your own .npmrc, since a project's may be a stranger's"
                    ),
                }),
            }
        }
        npmrc
    }

    /// These settings, and where one is missing, those of `other`.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (key, value) in other.values {
            self.values.entry(key).or_insert(value);
        }
        self.warnings.extend(other.warnings);
        self
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The `Authorization` header for a URL: the credentials of the longest prefix of `//host[:port]/path/`.
    pub(super) fn authorization(&self, url: &reqwest::Url) -> Option<String> {
        let host = url.host_str()?;
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let mut path = url.path().to_owned();
        loop {
            let end = path.rfind('/')?;
            path.truncate(end + 1);
            if let Some(header) = self.credentials(&format!("//{host}{port}{path}")) {
                return Some(header);
            }
            path.truncate(end);
        }
    }

    fn credentials(&self, prefix: &str) -> Option<String> {
        // npm takes the prefix with and without its last slash.
        let get = |name: &str| {
            let bare = prefix.trim_end_matches('/');
            self.get(&format!("{prefix}:{name}")).or_else(|| self.get(&format!("{bare}:{name}")))
        };
        if let Some(token) = get("_authToken") {
            return Some(format!("Bearer {token}"));
        }
        if let Some(basic) = get("_auth") {
            return Some(format!("Basic {basic}"));
        }
        let password = BASE64_STANDARD.decode(get("_password")?).ok()?;
        let pair = [get("username")?.as_bytes(), b":", &password].concat();
        Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

fn unquoted(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote).and_then(|value: &str| value.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// The value with its variables put in, or the first variable that cannot be. `${NAME?}` may be missing.
fn expanded(value: &str, expand: Expand<'_>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        let (name, is_optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        text.push_str(before);
        match expand.and_then(|lookup| lookup(name)) {
            Some(value) => text.push_str(&value),
            None if is_optional && expand.is_some() => {}
            None => return Err(name.to_owned()),
        }
        rest = after;
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(npmrc: &str, url: &str) -> Option<String> {
        Npmrc::parse(npmrc, "x", None).authorization(&url.parse().unwrap())
    }

    #[test]
    fn the_longest_prefix_has_the_word() {
        let npmrc =
            "//h.org/:_authToken=root\n//h.org/a/:_authToken = \"deep\"\n//h.org:81/:_authToken=port\n";
        for (url, token) in [
            ("https://h.org/x", "root"),
            ("https://h.org/a/b/c.tgz", "deep"),
            ("https://h.org/ab", "root"),
            ("http://h.org:81/a/", "port"),
        ] {
            assert_eq!(header(npmrc, url), Some(format!("Bearer {token}")), "{url}");
        }
        for url in ["https://h.org.evil/x", "https://evil/h.org/", "https://h.org:82/"] {
            assert_eq!(header(npmrc, url), None, "{url}");
        }
    }

    #[test]
    fn other_credentials() {
        assert_eq!(header("//h/:_auth=YTpi", "https://h/x").unwrap(), "Basic YTpi");
        assert_eq!(header("//h/:username=a\n//h/:_password=Yg==", "https://h/x").unwrap(), "Basic YTpi");
        assert_eq!(header("//h/:username=a", "https://h/x"), None);
        assert_eq!(header("//h:_authToken=t", "https://h/x").unwrap(), "Bearer t");
    }

    #[test]
    fn variables_are_put_in_for_the_operator_only() {
        let text = "//h/:_authToken=${TOKEN}\nregistry=https://r/\n@a:registry=${MISSING}\nx=${MISSING?}\n; no\n# no\n";
        let lookup = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
        let own = Npmrc::parse(text, ".npmrc", Some(&lookup));
        assert_eq!((own.get("//h/:_authToken"), own.get("x")), (Some("secret"), Some("")));
        assert_eq!(own.warnings.len(), 1);
        let strange = Npmrc::parse(text, ".npmrc", None);
        assert_eq!((strange.get("//h/:_authToken"), strange.get("registry")), (None, Some("https://r/")));
        assert_eq!(strange.warnings.len(), 3);
    }
}
