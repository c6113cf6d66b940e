//! `wa plugins dev`

mod chat;
mod settings;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};

use channel_whatsapp::Server;
use clap::Args;
use manifest_schema::check::Checked;
use manifest_schema::finding::Severity;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::Manifest;
use runtime_host::notice::NoticeStream;
use runtime_host::{Host, Purpose};
use serde_json::{Map, Value, json};

use super::build::Build;
use super::validate;
use crate::commands::run::{self, Notices, Signals};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::scenario::{Phones, connected};
use crate::status::Status;
use crate::terminal::NoPrompts;
use chat::Chat;
use settings::Settings;
use watch::Watch;

/// Where the account of the simulated phone lives in the project.
const SESSION: &str = ".wa/agents/dev/whatsapp/default";

/// Run a plugin while you write it: chat with it, and every change takes effect at once
#[derive(Debug, Args)]
#[command(
    after_help = "Write a line and press Enter to talk to the plugin; Ctrl-C or Ctrl-D ends. Every change in the folder is\n\
                  checked and taken up, without losing the chat or what the plugin has stored; a change with errors is\n\
                  told, and the version before it goes on. The plugin runs in a project of its own that is gone\n\
                  afterwards. Its configuration is in wa.dev.yaml beside its manifest, if that is there.\n\n\
                  Examples:\n  wa plugins dev\n  wa plugins dev plugins/order-desk -c greeting=Moin\n  wa plugins dev --whatsapp"
)]
pub(crate) struct Dev {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,

    /// A YAML or JSON file with the plugin's configuration, in place of wa.dev.yaml in its folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One setting, by its dotted path; may be given several times
    #[arg(short = 'c', long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,

    /// Chat on WhatsApp, with a simulated phone, in place of the console
    #[arg(long)]
    whatsapp: bool,
}

impl Dev {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let folder = self.path.canonicalize().cannot(format_args!("find {}", self.path.display()))?;
        build(context, &self.path)?;
        let manifest = checked(context, &self.path)?
            .ok_or_else(|| Failure::no(format_args!("{} cannot run as it is", self.path.display())))?;
        let settings = Settings::new(self.config, &folder, &self.settings)?;
        let place = tempfile::tempdir().cannot("make a temporary project")?;
        let inner = context.elsewhere(place.path(), &place.path().join("config"), Box::new(NoPrompts));
        let layout = Layout::new(place.path());
        let desk =
            Desk { context, inner, path: self.path, folder, layout, settings, whatsapp: self.whatsapp };
        desk.write_project(&manifest)?;
        run::runtime()?.block_on(desk.serve(place.path()))
    }
}

/// Builds a plugin that is written in Rust; cargo knows what there is to do.
fn build(context: &Context, path: &Path) -> Outcome<()> {
    if !path.join("Cargo.toml").is_file() {
        return Ok(());
    }
    Build { path: path.to_owned(), debug: true, locked: false }.make(context).map(drop)
}

/// The manifest of the plugin as it is now; `None` where it cannot run. What there is to say about it is shown.
fn checked(context: &Context, path: &Path) -> Outcome<Option<Manifest>> {
    let Checked { manifest, report, .. } = validate::check_folder(path)?;
    findings::show_warnings(context.printer, &report);
    Ok(manifest.filter(|_| report.worst() < Some(Severity::Error)))
}

/// A plugin that is being written, and the project that it runs in.
struct Desk<'a> {
    context: &'a Context,
    /// The surroundings of the project.
    inner: Context,
    /// The plugin's folder, as it was named.
    path: PathBuf,
    folder: PathBuf,
    layout: Layout,
    settings: Settings,
    whatsapp: bool,
}

impl Desk<'_> {
    async fn serve(&self, project: &Path) -> Outcome {
        let mut signals = Signals::listen().cannot("listen for signals")?;
        let printer = self.context.printer;
        let phones = match self.whatsapp {
            true => Some(Phones::start(&project.join(SESSION)).await?),
            false => None,
        };
        let server = phones.as_ref().map_or_else(Server::default, Phones::server);
        let mut watch = Watch::on(&self.folder, self.settings.file())?;
        let (host, mut stream) = run::start(&self.inner, None, server, Purpose::Project).await?;
        let notices = Notices::to_author(printer);
        let mut chat = match phones {
            Some(phones) => {
                connected(&mut stream).await;
                Chat::phone(phones)
            }
            None => Chat::console(&host)?,
        };
        let mut typed = run::typed_lines();
        printer.note(format_args!(
            "Watching {}. Write a line and press Enter to talk to it; Ctrl-C ends.",
            self.path.display()
        ));
        loop {
            tokio::select! {
                Some(notice) = stream.next() => notices.show(&notice)?,
                Some(line) = chat.next() => printer.data(format_args!("< {}", crate::terminal::plain(&line)))?,
                () = watch.changed() => self.take_up(&host, &mut stream, &notices).await?,
                line = typed.recv() => match line {
                    Some(line) => chat.say(&line, printer).await,
                    None => break,
                },
                () = signals.end() => break,
            }
        }
        run::stop(host, &mut stream, &notices).await?;
        printer.done("Stopped", "cleanly; the project that it ran in is gone");
        Ok(Status::Done)
    }

    /// Takes up what was changed, if it can run; else the version before goes on.
    async fn take_up(&self, host: &Host, stream: &mut NoticeStream, notices: &Notices) -> Outcome<()> {
        let printer = self.context.printer;
        let built = build(self.context, &self.path);
        let written = match built.and_then(|()| checked(self.context, &self.path)) {
            Ok(Some(manifest)) => self.write_project(&manifest),
            Ok(None) => Err(Failure::no("the change has errors")),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = written {
            printer.warning(format_args!("{failure}; the version before goes on"));
            return Ok(());
        }
        run::reload(&self.inner, host, notices).await?;
        while let Some(notice) = stream.try_next() {
            notices.show(&notice)?;
        }
        Ok(())
    }

    /// Writes the project anew: its configuration may be another.
    fn write_project(&self, manifest: &Manifest) -> Outcome<()> {
        let file = project_file(&self.folder, manifest, self.settings.read()?, self.whatsapp);
        let path = self.layout.project_file();
        fs::write(path, file.to_string()).cannot("write a temporary project")
    }
}

/// A project with the plugin alone, which gets what its manifest asks for.
fn project_file(folder: &Path, manifest: &Manifest, config: Map<String, Value>, whatsapp: bool) -> Value {
    let (channel, settings) =
        if whatsapp { ("whatsapp", json!({})) } else { ("console", json!({ "enabled": true })) };
    let mut agent = json!({ "bindings": [{ "channel": channel }], "tools": { "allow": ["*"] } });
    if manifest.agent {
        agent["handler"] = json!(manifest.id);
    }
    json!({
        "schema": 1,
        "agents": { "dev": agent },
        "plugins": { "entries": { manifest.id.as_ref(): { "source": folder, "config": config } } },
        "policy": { "secretValues": "allow", "allowPrivateNetwork": manifest.permissions.network },
        "channels": { channel: settings },
        "server": { "bind": "127.0.0.1:0" },
    })
}
