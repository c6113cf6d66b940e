//! Shell blocks of Markdown pages, typed into one bash per page.
//!
//! In a `console` block, lines with `$ ` are commands, lines with `> ` go on with one, and the others are what it must print, in
//! this order; `…` stands for anything. A `sh` block is one command that must succeed. `<!-- before`, on a line of its own, begins
//! a script for the page that readers do not need to see.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::support::Place;

/// A command of a page.
pub(crate) struct Step {
    pub(crate) command: String,
    /// The lines that it must print, in this order. `…` in a line stands for anything.
    pub(crate) shows: Vec<String>,
}

/// A command that prints nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// The commands of a page, in order.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut block = "";
    for line in page.lines() {
        match (block, line) {
            ("", "<!-- before" | "```sh") => {
                block = if line == "```sh" { "sh" } else { "before" };
                steps.push(Step { command: String::new(), shows: Vec::new() });
            }
            ("", fence) if fence.starts_with("```") => {
                block = if fence == "```console" { "console" } else { "other" }
            }
            ("before", "-->") | ("sh" | "console" | "other", "```") => block = "",
            ("sh" | "before", line) => {
                if let Some(step) = steps.last_mut() {
                    step.command += &format!("{line}\n");
                }
            }
            ("console", line) => in_console(line, &mut steps),
            _ => {}
        }
    }
    steps
}

fn in_console(line: &str, steps: &mut Vec<Step>) {
    match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
        (Some(command), ..) => steps.push(Step { command: command.to_owned(), shows: Vec::new() }),
        (None, Some(more), Some(step)) => step.command += &format!("\n{more}"),
        (None, None, Some(step)) if !line.trim().is_empty() => step.shows.push(line.to_owned()),
        _ => {}
    }
}

impl Step {
    /// What the command comes to: 0, unless a comment behind it says `# exits N`.
    pub(crate) fn status(&self) -> &str {
        self.command.rsplit_once("# exits ").map_or("0", |(_, status)| status.trim())
    }

    /// Whether it goes on while the next commands are typed.
    fn is_in_background(&self) -> bool {
        self.command.split(" #").next().is_some_and(|command| command.trim_end().ends_with('&'))
    }

    /// The first line that should have been printed and was not.
    pub(crate) fn missing<'s>(&'s self, printed: &[String]) -> Option<&'s str> {
        let mut lines = printed.iter();
        self.shows.iter().map(String::as_str).find(|shown| !lines.any(|line| matches(shown, line)))
    }
}

/// Whether `line` reads like `shown`, in which each `…` stands for anything. Space at the ends does not count.
fn matches(shown: &str, line: &str) -> bool {
    let mut parts = shown.trim().split('…');
    let Some(mut rest) = line.trim().strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = "";
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = part;
    }
    rest.is_empty() || shown.contains('…') && last.is_empty()
}

/// A bash in an empty place whose two output streams are one.
pub(crate) struct Shell {
    place: Place,
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// What a command has come to.
pub(crate) struct Said {
    pub(crate) lines: Vec<String>,
    /// The exit status; empty of what is in the background.
    pub(crate) status: String,
}

impl Shell {
    pub(crate) fn start() -> Self {
        let place = Place::empty();
        let program = Path::new(env!("CARGO_BIN_EXE_wa")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut child = Command::new("bash")
            .args(["-c", "exec bash 2>&1"])
            .current_dir(place.work())
            .env_clear()
            .env("HOME", place.work().join("home"))
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { input: child.stdin.take().unwrap(), place, child, lines }
    }

    /// What the command prints until it is done; what one in the background prints until all that it must show is there.
    pub(crate) fn type_in(&mut self, step: &Step) -> Said {
        const DONE: &str = "== done: ";
        let in_background = step.is_in_background();
        let end =
            if in_background { String::new() } else { format!("\nstatus=$?; echo; echo \"{DONE}$status\"") };
        writeln!(self.input, "{}{end}", step.command.trim_end()).unwrap();
        let mut lines: Vec<String> = Vec::new();
        let status = loop {
            let enough = || step.shows.iter().all(|shown| lines.iter().any(|line| matches(shown, line)));
            if in_background && enough() {
                break String::new();
            }
            let line = self.lines.recv_timeout(PATIENCE);
            let line =
                line.unwrap_or_else(|_| panic!("`{}` is stuck after:\n{}", step.command, lines.join("\n")));
            match line.strip_prefix(DONE) {
                Some(status) => break status.to_owned(),
                None => lines.push(line),
            }
        };
        self.free_ports();
        Said { lines, status }
    }

    /// Tests run side by side, so no project of one may take the gateway's usual port.
    fn free_ports(&self) {
        let folders = fs::read_dir(self.place.work()).unwrap().map(|entry| entry.unwrap().path());
        for folder in folders.chain([self.place.work()]) {
            let file: PathBuf = folder.join("wa.yaml");
            if let Some(text) = fs::read_to_string(&file).ok().filter(|text| !text.contains("\nserver:")) {
                fs::write(&file, format!("{}\nserver: {{ bind: 127.0.0.1:0 }}\n", text.trim_end())).unwrap();
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "kill $(jobs -p) 2>/dev/null; exit");
        let _ = self.child.wait();
    }
}
