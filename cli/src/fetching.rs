//! From what a person wrote, or a lock pins, to archives on this machine.

mod settings;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use manifest_schema::version::Version;
use registry_index::index::{self, KnownIndexes};
use registry_index::install::{Fetched, FetchedArchive, RegistrySpec, Spec};
use registry_index::lock::Locked;
use registry_index::mirror::Mirror;
use registry_index::npm::{Choice, Client, FetchError, Preferences};
use registry_index::trust::TrustStore;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project::VERSION;
use crate::terminal::{Printer, Progress, plain};

pub(crate) use settings::{RegistryFlags, client};

/// The most that is fetched at the same time.
const AT_ONCE: usize = 8;

/// Reads what a person wrote as specs, relative to the folder that the command was started in.
pub(crate) fn specs(context: &Context, texts: &[String]) -> Outcome<Vec<Spec>> {
    let folder = context.working_folder()?;
    texts.iter().map(|text| Spec::parse(text, &folder).refused(format_args!("install {text}"))).collect()
}

/// Fetches for one command, several things at once.
pub(crate) struct Fetcher {
    client: Client,
    wa: Version,
    printer: Printer,
}

impl Fetcher {
    pub(crate) fn new(context: &Context, root: &Path, flags: &RegistryFlags) -> Outcome<Self> {
        let wa = VERSION.parse().cannot("read the version of this program")?;
        Ok(Self { client: client(context, Some(root), flags)?, wa, printer: context.printer })
    }

    /// Fetches the newest index of each registry whose root is pinned and that is about to be asked. Offline, the one
    /// that was seen last has to do.
    pub(crate) fn refresh(&self, trust: &mut TrustStore, specs: &[Spec]) -> Outcome<()> {
        if self.client.is_offline() {
            return Ok(());
        }
        let mut registries = BTreeSet::new();
        for spec in specs {
            if let Spec::Registry(package) = spec {
                registries.insert(self.client.config().registry_of(&package.name).cannot("read .npmrc")?);
            }
        }
        for registry in &registries {
            let document = |path: &str| self.client.document(registry, path);
            index::refresh(trust, registry, &document).map_err(|error| {
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

    /// The archives that specs name; in the order of the specs.
    pub(crate) fn fetch(&self, indexes: &KnownIndexes, specs: &[Spec]) -> Vec<Outcome<Fetched>> {
        let progress = Fetching::start(self.printer);
        let one = |spec: &Spec| {
            match spec {
                Spec::Registry(package) => self.preferring(indexes, package, |preferences| {
                    self.client.fetch_package(package, preferences, &|bytes| progress.add(bytes))
                }),
                Spec::Url(url) => self.client.fetch_url(url, &|bytes| progress.add(bytes)),
                Spec::Directory(path) => return Ok(Fetched::Directory(path.clone())),
                Spec::Archive(_) => return Fetched::local(spec).ok_or_else(|| FetchError::Url(named(spec))),
            }
            .map(|archive| Fetched::Archive(Box::new(archive)))
        };
        let fetched = in_parallel(specs, one);
        let with_names = fetched.into_iter().zip(specs);
        with_names
            .map(|(fetched, spec)| {
                fetched.map_err(|error| failure(&format!("fetch {}", named(spec)), &error))
            })
            .collect()
    }

    /// The archives that a lock pins; in the order of the entries.
    pub(crate) fn fetch_locked(
        &self,
        entries: &[Locked],
        root: &Path,
        mirror: Option<&Mirror>,
    ) -> Vec<Outcome<FetchedArchive>> {
        let progress = Fetching::start(self.printer);
        let one = |locked: &Locked| {
            let spec = Spec::parse(&locked.spec, root).map_err(|_| FetchError::Url(locked.spec.clone()))?;
            self.client.fetch_locked(locked, spec, root, mirror, &|bytes| progress.add(bytes))
        };
        let fetched = in_parallel(entries, one);
        let with_names = fetched.into_iter().zip(entries);
        with_names
            .map(|(fetched, locked)| {
                fetched.map_err(|error| failure(&format!("fetch {}", locked.spec), &error))
            })
            .collect()
    }

    /// What installing packages of registries would choose; in their order. No archive is fetched.
    pub(crate) fn choose(&self, indexes: &KnownIndexes, specs: &[RegistrySpec]) -> Vec<Outcome<Choice>> {
        let progress = Progress::start(self.printer, "asking registries");
        let one = |spec: &RegistrySpec| {
            self.preferring(indexes, spec, |preferences| self.client.choose(spec, preferences))
        };
        let chosen = in_parallel(specs, one);
        drop(progress);
        let with_names = chosen.into_iter().zip(specs);
        with_names
            .map(|(chosen, spec)| chosen.map_err(|error| failure(&format!("look for {spec}"), &error)))
            .collect()
    }

    /// Calls with what the indexes leave of a package to be chosen.
    fn preferring<T>(
        &self,
        indexes: &KnownIndexes,
        package: &RegistrySpec,
        call: impl FnOnce(&Preferences<'_>) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let registry = self.client.config().registry_of(&package.name)?;
        // A version that is named in full is refused later, with the reason.
        let named = package.wanted.as_ref().and_then(|wanted| wanted.to_string().parse::<Version>().ok());
        let avoid = |version: &Version| {
            named.as_ref() != Some(version) && !indexes.may_choose(&registry, &package.name, version)
        };
        call(&Preferences { wa: &self.wa, avoid: &avoid })
    }
}

/// Fetches what is not on this machine yet. The first that cannot be had is the failure of all.
pub(crate) fn fetch(
    context: &Context,
    root: &Path,
    trust: &mut TrustStore,
    flags: &RegistryFlags,
    specs: &[Spec],
) -> Outcome<Vec<Fetched>> {
    if let Some(local) = specs.iter().map(Fetched::local).collect() {
        return Ok(local);
    }
    let fetcher = Fetcher::new(context, root, flags)?;
    fetcher.refresh(trust, specs)?;
    fetcher.fetch(trust.indexes(), specs).into_iter().collect()
}

fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let work = &work;
    let together = |group: &[T]| -> Vec<R> {
        thread::scope(|scope| {
            let threads: Vec<_> = group.iter().map(|item| scope.spawn(move || work(item))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    };
    items.chunks(AT_ONCE).flat_map(together).collect()
}

/// How much has come of everything that is being fetched.
struct Fetching {
    progress: Progress,
    bytes: AtomicU64,
}

impl Fetching {
    fn start(printer: Printer) -> Self {
        Self { progress: Progress::start(printer, "fetching"), bytes: AtomicU64::new(0) }
    }

    fn add(&self, bytes: u64) {
        let total = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.progress.say(&format!("fetching, {}.{} MB", total / 1_000_000, total / 100_000 % 10));
    }
}

fn named(spec: &Spec) -> String {
    spec.written(Path::new("/"))
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
            failure.hint(format_args!("the registry says: {}", plain(words)))
        }
        _ => failure,
    }
}
