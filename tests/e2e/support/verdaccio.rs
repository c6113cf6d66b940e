//! A real npm registry, verdaccio, on a free port of the loopback address: one for all tests of the process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use std::sync::{Condvar, LazyLock, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use super::http::request;
use super::{LIMIT, Place, Transcript};

const CONFIG: &str = "\
storage: ./storage
auth: { htpasswd: { file: ./htpasswd, max_users: 1000 } }
uplinks: {}
packages:
  '@closed/*': { access: $authenticated, publish: $authenticated }
  '**': { access: $all, publish: $authenticated }
publish: { allow_offline: true }
web: { enable: false }
log: { type: stdout, format: pretty, level: http }
";

/// Lines, and a bell that rings when there is a new one.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    bell: Condvar,
}

/// A registry that runs as long as the tests do.
pub(crate) struct Verdaccio {
    /// `127.0.0.1:40123`.
    pub(crate) address: String,
    /// What it has logged.
    log: &'static Log,
    _folder: TempDir,
    /// Ends with its standard input, which is ours.
    _child: Child,
}

impl Verdaccio {
    /// The registry of this process, started by the first test that wants it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Verdaccio> = OnceLock::new();
        SHARED.get_or_init(|| {
            (0..5).find_map(|_| Self::start()).expect("verdaccio does not start; see CONTRIBUTING.md")
        })
    }

    /// `None` if somebody else took the port in the meantime.
    fn start() -> Option<Self> {
        static LOG: LazyLock<Log> = LazyLock::new(Log::default);
        let folder = tempfile::Builder::new().prefix("wa-verdaccio-").tempdir().unwrap();
        fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        // Statics are not dropped at the end of a process; its pipes close however it ends.
        let script = format!(
            "command -v verdaccio >/dev/null || exit 1; verdaccio --config config.yaml --listen {address} & cat >/dev/null; kill $!"
        );
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (ready, is_ready) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.contains("http address") {
                    let _ = ready.send(());
                }
                LOG.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                LOG.bell.notify_all();
            }
        });
        if is_ready.recv_timeout(LIMIT).is_err() {
            drop(child.kill());
            drop(child.wait());
            return None;
        }
        Some(Self { address, log: &LOG, _folder: folder, _child: child })
    }

    /// Its address as `.npmrc` has it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// A token for a user of this name, made for the occasion.
    pub(crate) fn token(&self, user: &str) -> String {
        // Verdaccio loses one of two users that are made at once.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let body = json!({ "name": user, "password": format!("secret-{user}") }).to_string();
        let path = format!("/-/user/org.couchdb.user:{user}");
        let answer =
            request(&self.address, "PUT", &path, &[("content-type", "application/json")], body.as_bytes());
        assert_eq!(answer.status, 201, "{answer:?}");
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        json["token"].as_str().unwrap().to_owned()
    }

    /// The lines of the log with this in them, such as `200, user: ana(127.0.0.1), req: 'GET /x', bytes: 0/800`.
    pub(crate) fn logged(&self, part: &str) -> Vec<String> {
        let lines = self.log.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.contains(part)).cloned().collect()
    }

    /// Waits for a line with both parts.
    #[track_caller]
    pub(crate) fn has_logged(&self, part: &str, other: &str) {
        let lines = self.log.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing =
            |lines: &mut Vec<String>| !lines.iter().any(|line| line.contains(part) && line.contains(other));
        let (lines, waited) = self.log.bell.wait_timeout_while(lines, LIMIT, is_missing).unwrap();
        assert!(!waited.timed_out(), "no line with {part} and {other} in\n{}", lines.join("\n"));
    }
}

impl Place {
    /// Makes this registry the operator's, known there as `user`.
    pub(crate) fn use_registry(&self, registry: &Verdaccio, user: &str) {
        let token = registry.token(user);
        let npmrc = format!("registry={}\n//{}/:_authToken={token}\n", registry.url(), registry.address);
        self.write_home(".npmrc", &npmrc);
    }

    /// Writes a file into the home.
    pub(crate) fn write_home(&self, name: &str, text: &str) {
        let home = self.work().parent().unwrap().join("home");
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join(name), text).unwrap();
    }

    /// Runs `npm` in this place.
    #[track_caller]
    pub(crate) fn npm(&self, arguments: &[&str]) -> Transcript {
        let own = self.command(arguments);
        let mut npm = Command::new("npm");
        npm.args(arguments).current_dir(self.work()).env_clear();
        npm.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        npm.env("npm_config_audit", "false")
            .env("npm_config_fund", "false")
            .env("npm_config_update_notifier", "false");
        npm.env("npm_config_loglevel", "error");
        let output = npm.output().unwrap();
        self.transcript(&npm, &output)
    }

    /// Packs and signs `sources/ID` under the name `SCOPE/ID`; returns the package's path.
    pub(crate) fn scoped_package(&self, scope: &str, id: &str, version: &str, manifest: &str) -> String {
        self.source(id, version, manifest);
        let json = json!({ "name": format!("{scope}/{id}"), "version": version, "keywords": ["wa-plugin"] });
        self.write(&format!("sources/{id}/package.json"), json.to_string());
        let out = format!("packages/{}", scope.trim_start_matches('@'));
        self.wa(["plugins", "pack", &format!("sources/{id}"), "--sign", "--out", &out]).succeeds();
        format!("{out}/{id}-{version}.tgz")
    }
}
