//! Changes in a plugin's folder.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::failure::{Outcome, While};

/// How long a folder must be still before its change is taken up: editors write a file in several steps.
const STILL: Duration = Duration::from_millis(120);
/// Directories in which tools write, and nobody edits. What begins with a dot is left out too.
const LEFT_OUT: [&str; 3] = ["node_modules", "target", "dist"];

/// A watched folder.
pub(super) struct Watch {
    changes: mpsc::UnboundedReceiver<()>,
    /// When the change that is under way will have been still for long enough.
    due: Option<Instant>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches a folder, and one more file, which need not be there.
    pub(super) fn on(folder: &Path, file: &Path) -> Outcome<Self> {
        let (sender, changes) = mpsc::unbounded_channel();
        let (root, wanted) =
            (folder.to_owned(), file.file_name().map(|name| file.parent().unwrap_or(folder).join(name)));
        let heard = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(&event, &root, wanted.as_deref())) {
                let _ = sender.send(());
            }
        };
        let failed = format!("watch {}", folder.display());
        let mut watcher = notify::recommended_watcher(heard).cannot(&failed)?;
        watcher.watch(folder, RecursiveMode::Recursive).cannot(&failed)?;
        if let Some(parent) = file.parent().filter(|parent| !parent.starts_with(folder) && parent.is_dir()) {
            watcher.watch(parent, RecursiveMode::NonRecursive).cannot(&failed)?;
        }
        Ok(Self { changes, due: None, _watcher: watcher })
    }

    /// Resolves once something was changed and the folder is still again. Nothing is lost where the wait is given up.
    pub(super) async fn changed(&mut self) {
        loop {
            match self.due {
                None => {
                    if self.changes.recv().await.is_none() {
                        return std::future::pending().await;
                    }
                    self.due = Some(Instant::now() + STILL);
                }
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {
                        self.due = None;
                        return;
                    }
                    Some(()) = self.changes.recv() => self.due = Some(Instant::now() + STILL),
                },
            }
        }
    }
}

/// Whether somebody changed something that counts; reading a file is an event too.
fn is_change(event: &Event, root: &Path, file: Option<&Path>) -> bool {
    let writes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    let counts = |path: &PathBuf| match path.strip_prefix(root) {
        Ok(inside) => inside.components().all(|part| !is_left_out(part)) && !is_built(inside),
        Err(_) => file == Some(path.as_path()),
    };
    writes && event.paths.iter().any(counts)
}

/// `wa plugins build` makes components.
fn is_built(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}

fn is_left_out(part: Component<'_>) -> bool {
    let name = part.as_os_str().to_string_lossy();
    name.starts_with('.') || LEFT_OUT.contains(&&*name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    #[test]
    fn only_changes_of_the_plugin_count() {
        let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
        let modify = EventKind::Modify(ModifyKind::Any);
        let (root, file) = (Path::new("/p"), Some(Path::new("/c/dev.yaml")));
        for (event, expected) in [
            (event(modify, "/p/src/index.ts"), true),
            (event(EventKind::Create(CreateKind::File), "/p/wa.plugin.yaml"), true),
            (event(modify, "/c/dev.yaml"), true),
            (event(modify, "/c/other.yaml"), false),
            (event(EventKind::Access(AccessKind::Any), "/p/src/index.ts"), false),
            (event(modify, "/p/.git/index"), false),
            (event(modify, "/p/src/.index.ts.swp"), false),
            (event(modify, "/p/target/debug/x"), false),
            (event(modify, "/p/plugin.wasm"), false),
            (event(modify, "/p/node_modules/a/b"), false),
        ] {
            assert_eq!(is_change(&event, root, file), expected, "{event:?}");
        }
    }
}
