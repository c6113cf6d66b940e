//! Which registry a package comes from, and who the client is there.

use super::{Npmrc, PackageName};
use crate::index::{RegistryUrl, RootError};
use reqwest::Url;

/// Where npm's packages are.
const DEFAULT: &str = "https://registry.npmjs.org/";

/// What the client knows before it asks anybody.
#[derive(Debug, Clone)]
pub struct Config {
    npmrc: Npmrc,
    registry: RegistryUrl,
}

impl Config {
    /// Settings from `.npmrc` files; `registry` comes before what they say of packages without a scope.
    ///
    /// # Errors
    /// [`RootError::Url`] if the registry in the files is no URL.
    pub fn new(npmrc: Npmrc, registry: Option<RegistryUrl>) -> Result<Self, RootError> {
        let registry = match registry {
            Some(registry) => registry,
            None => parse(npmrc.get("registry").unwrap_or(DEFAULT))?,
        };
        Ok(Self { npmrc, registry })
    }

    /// What was left out of the `.npmrc` files.
    pub fn warnings(&self) -> &[String] {
        &self.npmrc.warnings
    }

    /// The registry of packages without a scope.
    pub fn registry(&self) -> &RegistryUrl {
        &self.registry
    }

    /// The registry of a package: that of its scope, or the general one.
    ///
    /// # Errors
    /// [`RootError::Url`] if the registry of the scope is no URL.
    pub fn registry_of(&self, name: &PackageName) -> Result<RegistryUrl, RootError> {
        let of_scope = name.scope().and_then(|scope| self.npmrc.get(&format!("{scope}:registry")));
        of_scope.map_or_else(|| Ok(self.registry.clone()), parse)
    }

    pub(super) fn authorization(&self, url: &Url) -> Option<String> {
        self.npmrc.authorization(url)
    }
}

fn parse(text: &str) -> Result<RegistryUrl, RootError> {
    if text.ends_with('/') { text.parse() } else { format!("{text}/").parse() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_its_own_registry() {
        let npmrc =
            Npmrc::parse("registry=https://general.org\n@acme:registry=https://acme.org/npm", "x", None);
        let config = Config::new(npmrc.clone(), None).unwrap();
        let of =
            |config: &Config, name: &str| config.registry_of(&name.parse().unwrap()).unwrap().to_string();
        assert_eq!(of(&config, "x"), "https://general.org/");
        assert_eq!(of(&config, "@acme/x"), "https://acme.org/npm/");
        assert_eq!(of(&config, "@other/x"), "https://general.org/");
        let named = Config::new(npmrc, Some("https://named.org/".parse().unwrap())).unwrap();
        assert_eq!(of(&named, "x"), "https://named.org/");
        assert_eq!(of(&named, "@acme/x"), "https://acme.org/npm/");
        let none = Config::new(Npmrc::default(), None).unwrap();
        assert_eq!(of(&none, "x"), DEFAULT);
    }
}
