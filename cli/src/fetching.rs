//! From what a person wrote to archives on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use manifest_schema::version::Version;
use registry_index::cache::Cache;
use registry_index::index::{self, KnownIndexes, RegistryUrl};
use registry_index::install::{Fetched, FetchedArchive, Spec};
use registry_index::npm::{Client, ClientOptions, Config, FetchError, Npmrc, Patience, Preferences};
use registry_index::trust::TrustStore;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project::VERSION;
use crate::terminal::Progress;

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

/// The most that is fetched at the same time.
const AT_ONCE: usize = 8;

/// Reads what a person wrote as specs, relative to the folder that the command was started in.
pub(crate) fn specs(context: &Context, texts: &[String]) -> Outcome<Vec<Spec>> {
    let folder = context.working_folder()?;
    texts.iter().map(|text| Spec::parse(text, &folder).refused(format_args!("install {text}"))).collect()
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
    let registry =
        ["npm_config_registry", "NPM_CONFIG_REGISTRY"].into_iter().find_map(|name| context.variable(name));
    let mut npmrc =
        registry.map_or_else(Npmrc::default, |url| Npmrc::parse(&format!("registry={url}"), "", None));
    if let Some(path) = root.map(|root| root.join(".npmrc")) {
        npmrc = npmrc.or(read(&path, |text| Npmrc::parse(text, &path.display().to_string(), None))?);
    }
    if let Some(path) = context.user_npmrc() {
        let lookup = |name: &str| context.variable(name);
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

/// Fetches what is not on this machine yet, several at once; in the order of the specs. The first that cannot be had
/// is the failure of all.
pub(crate) fn fetch(
    context: &Context,
    root: Option<&Path>,
    trust: &mut TrustStore,
    flags: &RegistryFlags,
    specs: &[Spec],
) -> Outcome<Vec<Fetched>> {
    if let Some(local) = specs.iter().map(Fetched::local).collect() {
        return Ok(local);
    }
    let client = client(context, root, flags)?;
    let wa: Version = VERSION.parse().cannot("read the version of this program")?;
    refresh(&client, trust, specs)?;
    let indexes = trust.indexes();
    let progress = Progress::start(context.printer, "fetching");
    let total = AtomicU64::new(0);
    let report = |bytes| {
        progress.say(&format!("fetching, {}", size(total.fetch_add(bytes, Ordering::Relaxed) + bytes)))
    };
    let fetch_one = |spec: &Spec| one(&client, indexes, &wa, spec, &report);
    let mut fetched = Vec::with_capacity(specs.len());
    for group in specs.chunks(AT_ONCE) {
        let answers: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = group.iter().map(|spec| scope.spawn(move || fetch_one(spec))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for (spec, answer) in group.iter().zip(answers) {
            fetched.push(answer.map_err(|error| failure(&format!("fetch {}", named(spec)), &error))?);
        }
    }
    Ok(fetched)
}

/// Fetches the newest index of each registry whose root is pinned and that is about to be asked. Offline, the one that was
/// seen last has to do.
pub(crate) fn refresh(client: &Client, trust: &mut TrustStore, specs: &[Spec]) -> Outcome<()> {
    let mut registries = BTreeSet::new();
    for spec in specs {
        if let Spec::Registry(package) = spec {
            registries.insert(client.config().registry_of(&package.name).cannot("read .npmrc")?);
        }
    }
    if client.is_offline() {
        return Ok(());
    }
    for registry in &registries {
        index::refresh(trust, registry, &|path| client.document(registry, path)).map_err(|error| {
            let what = format!("install from {registry}");
            let failure = if error.is_refusal() {
                Failure::no(format_args!("cannot {what}"))
            } else {
                Failure::could_not_run(format_args!("cannot {what}"))
            };
            failure.because(&error)
        })?;
    }
    Ok(())
}

fn one(
    client: &Client,
    indexes: &KnownIndexes,
    wa: &Version,
    spec: &Spec,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Fetched, FetchError> {
    let archive = |archive: FetchedArchive| Fetched::Archive(Box::new(archive));
    match spec {
        Spec::Registry(package) => {
            let registry = client.config().registry_of(&package.name)?;
            // A version that is named in full is refused later, with the reason.
            let named = package.wanted.as_ref().and_then(|wanted| wanted.to_string().parse::<Version>().ok());
            let avoid = |version: &Version| {
                named.as_ref() != Some(version) && !indexes.may_choose(&registry, &package.name, version)
            };
            let preferences = Preferences { wa, avoid: &avoid };
            client.fetch_package(package, &preferences, progress).map(archive)
        }
        Spec::Url(url) => client.fetch_url(url, progress).map(archive),
        Spec::Directory(path) => Ok(Fetched::Directory(path.clone())),
        Spec::Archive(_) => Fetched::local(spec).ok_or_else(|| FetchError::Url(named(spec))),
    }
}

fn named(spec: &Spec) -> String {
    spec.written(Path::new("/"))
}

fn size(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// A failed request as the failure of a command.
pub(crate) fn failure(what: &str, error: &FetchError) -> Failure {
    let failure = if error.is_refusal() {
        Failure::no(format_args!("cannot {what}"))
    } else {
        Failure::could_not_run(format_args!("cannot {what}"))
    };
    let failure = failure.because(error);
    match error {
        FetchError::Status { words, .. } if !words.is_empty() => {
            failure.hint(format_args!("the registry says: {}", crate::terminal::plain(words)))
        }
        _ => failure,
    }
}
