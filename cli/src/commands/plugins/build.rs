//! `wa plugins build`

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{Message, MetadataCommand, Package};
use clap::Args;
use manifest_schema::component;
use manifest_schema::files::resolve;
use manifest_schema::manifest::{self, Manifest, RuntimeKind};
use manifest_schema::source::Source;

use super::pack::write_whole;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project;
use crate::status::Status;

/// What components are built for: it has no files, no sockets and no environment.
const TARGET: &str = "wasm32-unknown-unknown";

/// Build a plugin that is written in Rust into the component that its manifest names
///
/// Other plugins need no building. cargo runs the build scripts and macros of the plugin's own project, with your rights: build only what you
/// would build with cargo.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wa plugins build\n  wa plugins build plugins/order-desk --locked")]
pub(crate) struct Build {
    /// The plugin's folder, with its manifest and its Cargo.toml
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// Without optimisation, for a faster build
    #[arg(long)]
    pub(crate) debug: bool,

    /// Refuse to change Cargo.lock
    #[arg(long)]
    pub(crate) locked: bool,
}

impl Build {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        if self.make(context)? {
            let next = format_args!("             next: `wa plugins validate {}`", self.path.display());
            context.printer.note(next);
        }
        Ok(Status::Done)
    }

    /// Makes the component; false where the plugin needs none.
    pub(super) fn make(&self, context: &Context) -> Outcome<bool> {
        let manifest = read_manifest(context, &self.path)?;
        let Some(runtime) = manifest.runtime.as_ref().filter(|runtime| runtime.kind == RuntimeKind::Wasm)
        else {
            context.printer.done("Built", format_args!("{}: it runs as it is", manifest.id));
            return Ok(false);
        };
        let entry = resolve("", &runtime.entry).ok_or_else(|| {
            Failure::no(format_args!("`runtime.entry` leads out of the plugin: {}", runtime.entry))
        })?;
        let cargo = Cargo::find(context, self)?;
        cargo.check_target()?;
        let package = cargo.package()?;
        let module = cargo.build(&package)?;
        let bytes = std::fs::read(&module).cannot(format_args!("read {module}"))?;
        let made = component::encode(&bytes).refused(format_args!("make a component of {module}"))?;
        let inspected = component::inspect(&made).refused("use the component")?;
        let file = self.path.join(&entry);
        write_whole(&file, |to| to.write_all(&made).cannot(format_args!("write {}", file.display())))?;
        context.printer.done("Built", format_args!("{}: {} bytes", file.display(), made.len()));
        let interfaces: Vec<_> = inspected.interfaces.iter().map(String::as_str).collect();
        if !interfaces.is_empty() {
            context.printer.detail(format_args!("             imports {}", interfaces.join(", ")));
        }
        Ok(true)
    }
}

fn read_manifest(context: &Context, folder: &Path) -> Outcome<Manifest> {
    let found = manifest::FILE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let Some(path) = found else {
        return Err(Failure::no(format_args!("{} holds no manifest", folder.display()))
            .hint("start a plugin with `wa plugins new --template rust-tool`"));
    };
    let source = Source::read(&path).cannot(format_args!("read {}", path.display()))?;
    let (manifest, findings) = manifest::read(&source);
    manifest.ok_or_else(|| {
        findings::show(context.printer, &project::report(&source, findings));
        Failure::no("the manifest has errors")
    })
}

/// cargo and rustc, as they are called for one plugin: in its folder, so that its `rust-toolchain.toml` counts.
struct Cargo<'a> {
    folder: &'a Path,
    options: &'a Build,
    is_offline: bool,
}

impl<'a> Cargo<'a> {
    fn find(context: &Context, options: &'a Build) -> Outcome<Self> {
        let folder = options.path.as_path();
        if !folder.join("Cargo.toml").is_file() {
            return Err(Failure::no(format_args!("{} holds no Cargo.toml", folder.display())).hint(
                "put the component where `runtime.entry` says, or start with `wa plugins new --template rust-tool`",
            ));
        }
        Ok(Self { folder, options, is_offline: context.offline })
    }

    /// cargo sets these for what it runs; a person may name another compiler the same way.
    fn program(variable: &str, usual: &str) -> PathBuf {
        Context::variable(variable).map_or_else(|| usual.into(), PathBuf::from)
    }

    /// rustc tells where the target's standard library would be, whether it is there or not.
    fn check_target(&self) -> Outcome<()> {
        let rustc = Self::program("RUSTC", "rustc");
        let asked = Command::new(&rustc)
            .args(["--print", "target-libdir", "--target", TARGET])
            .current_dir(self.folder)
            .stderr(Stdio::null())
            .output();
        let asked = asked.map_err(|error| {
            Failure::could_not_run(format_args!("cannot run {}", rustc.display()))
                .because(&error)
                .hint("install Rust: https://rustup.rs")
        })?;
        let folder = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
        let is_core = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("libcore-");
        if std::fs::read_dir(&folder).is_ok_and(|entries| entries.flatten().any(is_core)) {
            return Ok(());
        }
        Err(Failure::could_not_run(format_args!("{} cannot build for {TARGET}", rustc.display()))
            .hint(format_args!("type: rustup target add {TARGET}"))
            .hint("or name a compiler that can in the variable RUSTC"))
    }

    /// The package in the folder, which must make a library that can be loaded.
    fn package(&self) -> Outcome<Package> {
        let manifest = self.folder.join("Cargo.toml");
        let mut command = MetadataCommand::new();
        command.manifest_path(&manifest).no_deps().cargo_path(Self::program("CARGO", "cargo"));
        let metadata = command.exec().cannot(format_args!("read {}", manifest.display()))?;
        let package = metadata.root_package().cloned().ok_or_else(|| {
            Failure::no(format_args!("{} is a workspace without a package", manifest.display()))
                .hint("name the folder of the plugin's own package")
        })?;
        if package.targets.iter().any(cargo_metadata::Target::is_cdylib) {
            return Ok(package);
        }
        Err(Failure::no(format_args!("the package {} makes no library that can be loaded", package.name))
            .hint("add to Cargo.toml: [lib] crate-type = [\"cdylib\"]"))
    }

    /// Builds the module and says where it is. What cargo says goes to stderr as it comes.
    fn build(&self, package: &Package) -> Outcome<Utf8PathBuf> {
        let mut command = Command::new(Self::program("CARGO", "cargo"));
        command.args(["build", "--lib", "--target", TARGET, "--message-format=json-render-diagnostics"]);
        for (flag, is_set) in [
            ("--release", !self.options.debug),
            ("--locked", self.options.locked),
            ("--offline", self.is_offline),
        ] {
            if is_set {
                command.arg(flag);
            }
        }
        let mut cargo =
            command.current_dir(self.folder).stdout(Stdio::piped()).spawn().cannot("run cargo")?;
        let mut module = None;
        let messages = cargo.stdout.take().map(|out| Message::parse_stream(BufReader::new(out)));
        for message in messages.into_iter().flatten() {
            if let Message::CompilerArtifact(artifact) = message.cannot("read what cargo says")?
                && artifact.package_id == package.id
            {
                let made = artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm"));
                module = made.or(module);
            }
        }
        if !cargo.wait().cannot("wait for cargo")?.success() {
            return Err(Failure::no(format_args!("cargo could not build {}", package.name)));
        }
        module.ok_or_else(|| Failure::could_not_run("cargo made no .wasm file"))
    }
}
