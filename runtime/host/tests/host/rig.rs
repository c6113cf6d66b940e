//! A host in a temporary project, with plugins written in the test.

use audit_log::Place;
use manifest_schema::{
    files::MemoryFiles,
    finding::Report,
    layout::Layout,
    manifest,
    project::{self, Project},
    source::{Source, Syntax},
};
use registry_index::{
    load::{Installed, InstalledSet, Loaded, Origin},
    refusal::TrustLevel,
};
use runtime_host::{
    ConsoleLine, ConsoleSession, Host, HostOptions, Notice, ProjectSet, Timing,
    client::Client,
    notice::{self, NoticeStream},
    running,
};
use secret_store::Surroundings;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
    time::SystemTime,
};

/// `wa.yaml` with a free port and an agent `ana` on the console, handled by the plugin `desk`.
pub(crate) const PROJECT: &str = "
schema: 1
agents: { ana: { handler: desk, bindings: [{ channel: console }], tools: { allow: ['*'] } } }
server: { bind: '127.0.0.1:0' }
policy: { sandbox: best-effort }
";

/// A project file.
pub(crate) fn project(text: &str) -> Project {
    let (project, findings) = project::read(&Source::new("wa.yaml", text, Syntax::Yaml));
    project.unwrap_or_else(|| panic!("{findings:?}"))
}

/// A plugin in memory. `head` is its manifest without `schema`, `id`, `version`, `runtime` and `configSchema`; the text may give
/// them all the same.
pub(crate) fn plugin(id: &str, head: &str, code: &str) -> Installed {
    let mut text = format!("id: {id}\nschema: 1\n");
    for (key, default) in [
        ("version", "1.0.0"),
        ("runtime", "{ kind: js, entry: index.js, timeout: 2s }"),
        ("configSchema", "{ type: object, additionalProperties: false }"),
    ] {
        if !head.lines().any(|line| line.starts_with(&format!("{key}:"))) {
            text.push_str(&format!("{key}: {default}\n"));
        }
    }
    text.push_str(head);
    let (manifest, findings) = manifest::read(&Source::new("wa.plugin.yaml", text.as_str(), Syntax::Yaml));
    let manifest = manifest.unwrap_or_else(|| panic!("{findings:?}\n{text}"));
    let files = [("index.js", format!("import {{ definePlugin, block }} from \"wa\";\n{code}").into_bytes())];
    let loaded = Loaded {
        trust: TrustLevel::UnsignedDev,
        signer: None,
        grant: manifest.permissions.clone(),
        manifest,
        files: files.into_iter().collect::<MemoryFiles>(),
        foreign: None,
        report: Report::default(),
    };
    let origin = Origin::Directory(PathBuf::from(format!("plugins/{id}")));
    Installed { id: id.parse().unwrap(), origin, plugin: Ok(loaded) }
}

/// An agent that answers each message with `echo: ` and its text.
pub(crate) fn echo_agent() -> Installed {
    plugin(
        "desk",
        "agent: true",
        "export default definePlugin({ agent: ({ message }) => ({ text: `echo: ${message.text}` }) });",
    )
}

/// What every test wants short.
pub(crate) fn quick() -> Timing {
    Timing {
        grace: Duration::from_millis(300),
        frame_stall: Duration::from_millis(300),
        backoff: Duration::from_millis(10),
        retry: Duration::from_millis(10),
        drain: Duration::from_secs(5),
        ..Timing::default()
    }
}

/// A project's directory and the host on it.
pub(crate) struct Rig {
    pub(crate) directory: Arc<tempfile::TempDir>,
    pub(crate) host: Host,
    pub(crate) notices: NoticeStream,
}

impl Rig {
    /// A host with [`PROJECT`].
    pub(crate) async fn new(plugins: Vec<Installed>) -> Self {
        Self::with(PROJECT, plugins, quick()).await
    }

    pub(crate) async fn with(project_text: &str, plugins: Vec<Installed>, timing: Timing) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::on(directory, project_text, plugins, timing).await
    }

    /// A host on a directory that may have been used before.
    pub(crate) async fn on(
        directory: Arc<tempfile::TempDir>,
        project_text: &str,
        plugins: Vec<Installed>,
        timing: Timing,
    ) -> Self {
        let (options, notices) = options(&directory, project_text, plugins, timing);
        let host = Host::start(options).await.unwrap();
        Self { directory, host, notices }
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.directory.path())
    }

    pub(crate) fn console(&self) -> ConsoleSession {
        self.host.attach_console(Vec::new()).unwrap()
    }

    /// The first notice that `want` takes.
    pub(crate) async fn notice<T>(&mut self, want: impl Fn(&Notice) -> Option<T>) -> T {
        loop {
            let notice = self.notices.next().await.expect("the host is gone");
            if let Some(found) = want(&notice) {
                return found;
            }
        }
    }

    /// Runs blocking client calls.
    pub(crate) async fn client<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Client) -> T + Send + 'static,
    ) -> T {
        let running = running::find(&self.layout()).unwrap().expect("host.json");
        tokio::task::spawn_blocking(move || ask(Client::new(running))).await.unwrap()
    }
}

pub(crate) fn options(
    directory: &tempfile::TempDir,
    project_text: &str,
    plugins: Vec<Installed>,
    timing: Timing,
) -> (HostOptions, NoticeStream) {
    options_on(directory.path(), project_text, plugins, timing)
}

pub(crate) fn options_on(
    directory: &Path,
    project_text: &str,
    plugins: Vec<Installed>,
    timing: Timing,
) -> (HostOptions, NoticeStream) {
    let (notices, stream) = notice::channel(4096);
    let options = HostOptions {
        whatsapp: channel_whatsapp::Server::default(),
        layout: Layout::new(directory),
        set: ProjectSet {
            project: project(project_text),
            installed: InstalledSet { plugins },
            secrets: surroundings(directory),
        },
        exe: std::env::current_exe().unwrap(),
        components: None,
        search_path: Vec::new(),
        version: "0.0.0-test".into(),
        audit: Some(Place { folder: Layout::new(directory).audit(), keys: directory.join("audit-keys") }),
        clock: Arc::new(SystemTime::now),
        purpose: runtime_host::Purpose::Project,
        timing,
        notices,
        trace: None,
        rehearsal: None,
        reload: None,
    };
    (options, stream)
}

/// A project without an environment.
pub(crate) fn surroundings(directory: &Path) -> Surroundings {
    Surroundings { root: directory.to_owned(), home: None, variable: |_| None }
}

/// Says something and waits for the next message out, which it acknowledges.
pub(crate) async fn ask(console: &mut ConsoleSession, chat: &str, text: &str) -> String {
    console.say(chat, None, text).await.unwrap();
    text_of(&hear(console).await)
}

/// The next message out, acknowledged.
pub(crate) async fn hear(console: &mut ConsoleSession) -> ConsoleLine {
    let line = console.next().await.expect("the console is closed");
    console.acknowledge(&line.id);
    line
}

pub(crate) fn text_of(line: &ConsoleLine) -> String {
    line.message["text"].as_str().unwrap_or_default().to_owned()
}
