//! The settings of the registry client: flags, environment, and the `.npmrc` files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use registry_index::cache::Cache;
use registry_index::index::RegistryUrl;
use registry_index::npm::{Client, ClientOptions, Config, Npmrc, Patience};

use crate::context::Context;
use crate::failure::{Outcome, While};

/// Where packages come from. Flattened into every command that asks a registry.
#[derive(Debug, Args)]
pub(crate) struct RegistryFlags {
    /// The registry of packages without a scope of their own, instead of what .npmrc says
    #[arg(long, value_name = "URL")]
    pub(crate) registry: Option<RegistryUrl>,

    /// Seconds to wait for each part of an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) fetch_timeout: u16,
}

/// A client of registries for the project at `root`, with the settings of the operator and of the project.
pub(crate) fn client(context: &Context, root: Option<&Path>, flags: &RegistryFlags) -> Outcome<Client> {
    let config =
        Config::new(npmrc(context, root)?, flags.registry.clone()).cannot("read the registry in .npmrc")?;
    for warning in config.warnings() {
        context.printer.warning(warning);
    }
    let options = ClientOptions {
        patience: Patience::of(Duration::from_secs(flags.fetch_timeout.into())),
        offline: context.offline,
        user_agent: concat!("wa/", env!("CARGO_PKG_VERSION")),
    };
    Client::new(config, Cache::new(context.cache_home()?), &options).cannot("start")
}

/// The project's settings before the operator's, as npm has it; the environment before both.
fn npmrc(context: &Context, root: Option<&Path>) -> Outcome<Npmrc> {
    let registry = ["npm_config_registry", "NPM_CONFIG_REGISTRY"].into_iter().find_map(Context::variable);
    let mut npmrc =
        registry.map_or_else(Npmrc::default, |url| Npmrc::parse(&format!("registry={url}"), "", None));
    if let Some(path) = root.map(|root| root.join(".npmrc")) {
        npmrc = npmrc.or(read(&path, |text| Npmrc::parse(text, &path.display().to_string(), None))?);
    }
    if let Some(path) = context.user_npmrc() {
        let lookup = |name: &str| Context::variable(name);
        npmrc = npmrc.or(read(&path, |text| Npmrc::parse(text, &path.display().to_string(), Some(&lookup)))?);
    }
    Ok(npmrc)
}

fn read(path: &Path, parse: impl FnOnce(&str) -> Npmrc) -> Outcome<Npmrc> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Npmrc::default()),
        Err(error) => Err(error).cannot(format_args!("read {}", path.display())),
    }
}
