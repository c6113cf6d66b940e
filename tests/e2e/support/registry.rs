//! A registry in a folder of a place, and the server that serves it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Place, Transcript};

/// The folder of a place's registry.
pub(crate) const REGISTRY: &str = "registry";

impl Place {
    /// Packs `sources/ID` and puts it, signed by acme, into the registry.
    pub(crate) fn pack_into_registry(&self, id: &str, version: &str, manifest: &str) {
        self.source(id, version, manifest);
        self.wa(["plugins", "pack", &format!("sources/{id}"), "--sign", "--out", REGISTRY]).succeeds();
    }

    /// Writes `wa-registry.yaml`: acme with this key for everything, and these lines.
    pub(crate) fn curate(&self, key: &str, lines: &str) {
        let acme = format!("publishers: {{ acme: {{ keys: ['{key}'], packages: ['*'] }} }}");
        self.write(&format!("{REGISTRY}/wa-registry.yaml"), format!("schema: 1\n{acme}\n{lines}\n"));
    }

    /// The public half of a signing key, as `wa-registry.yaml` has it.
    pub(crate) fn public_key(&self, publisher: &str) -> String {
        let shown = self.wa(["keys", "show", publisher, "--json"]).succeeds().json();
        shown["keys"][0]["publicKey"].as_str().unwrap().to_owned()
    }

    /// The file of a public key.
    pub(crate) fn key_file(&self, name: &str) -> String {
        self.config().join(format!("keys/{name}.pub")).to_str().unwrap().to_owned()
    }

    /// Builds the registry and signs it with these keys.
    #[track_caller]
    pub(crate) fn build(&self, signers: &[&str]) {
        self.wa(["registry", "build", REGISTRY]).succeeds();
        self.sign_index(signers);
    }

    /// Signs the index of the registry with these keys.
    #[track_caller]
    pub(crate) fn sign_index(&self, signers: &[&str]) {
        for signer in signers {
            self.wa(["registry", "sign", REGISTRY, "--key", signer]).succeeds();
        }
    }

    /// Installs a package of a registry, saying nothing but yes.
    #[must_use = "look at what the command said, or call `succeeds`"]
    pub(crate) fn install_from(&self, served: &Served, spec: &str) -> Transcript {
        self.wa(["plugins", "install", spec, "--registry", &served.url, "--yes"])
    }
}

/// A server of the place's registry. Stopped when dropped.
pub(crate) struct Served {
    child: Child,
    /// Its address, with a slash at the end.
    pub(crate) url: String,
}

impl Served {
    /// `wa registry serve`.
    #[track_caller]
    pub(crate) fn by_wa(place: &Place) -> Self {
        let mut command = place.command(["registry", "serve", REGISTRY, "--bind", "127.0.0.1:0"]);
        Self::start(&mut command, str::to_owned)
    }

    /// Python's server of files.
    #[track_caller]
    pub(crate) fn by_python(place: &Place, folder: &str) -> Self {
        let mut command = Command::new("python3");
        command
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(place.path(folder))
            .stderr(Stdio::null());
        Self::start(&mut command, |line| {
            let url = line.split(['(', ')']).nth(1).unwrap_or_else(|| panic!("{line}"));
            url.to_owned()
        })
    }

    fn start(command: &mut Command, url: impl Fn(&str) -> String) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, url: url(line.trim_end()) }
    }

    /// SIGTERM; the server must end with 0.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_raw(self.child.id().try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Installs a package with npm into a folder of its own; what is then in the package's folder.
#[track_caller]
pub(crate) fn npm_install(place: &Place, served: &Served, folder: &str, package: &str) -> Vec<String> {
    place.write(&format!("{folder}/package.json"), "{ \"name\": \"shop\", \"version\": \"1.0.0\" }");
    let output = Command::new("npm")
        .args(["install", package, "--registry", &served.url, "--no-fund", "--no-update-notifier", "--cache"])
        .arg(place.path("npm-cache"))
        .current_dir(place.path(folder))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", place.path("npm-home"))
        .output()
        .expect("this test needs npm");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let installed = place.path(folder).join("node_modules").join(package.rsplit_once('@').unwrap().0);
    let mut names: Vec<String> =
        fs::read_dir(installed).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
