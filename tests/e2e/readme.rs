//! The README shows only what works: its tour is played in one shell, command by command, and must print what it shows.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::support::Place;

/// A command of the tour and the lines that it must print, in this order. `…` in a line stands for anything.
struct Step {
    command: String,
    shows: Vec<String>,
}

/// A command that prints nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let place = Place::empty();
    let mut shell = Shell::start(&place);
    let steps = tour();
    assert!(steps.len() > 10, "the README has no tour any more");
    for step in &steps {
        let printed = shell.type_in(step);
        let mut lines = printed.iter();
        for shown in &step.shows {
            assert!(
                lines.any(|line| matches(shown, line)),
                "`{}` does not print {shown:?} (in this place), but:\n{}",
                step.command,
                printed.join("\n")
            );
        }
        if step.command.starts_with("wa init") {
            // Tests run side by side, so none may take the gateway's usual port.
            let text = place.read("shop/wa.yaml") + "server: { bind: 127.0.0.1:0 }\n";
            place.write("shop/wa.yaml", text);
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_are_those_of_ci() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let ci = std::fs::read_to_string(root.join(".ci/run")).unwrap();
    assert!(readme.contains("\ncargo run -- demo\n"));
    assert!(readme.contains("\ncargo test --workspace\n"));
    assert!(ci.contains("\ncargo test --workspace --locked\n"));
}

fn tour() -> Vec<Step> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), ..) => steps.push(Step { command: command.to_owned(), shows: Vec::new() }),
                (None, Some(more), Some(step)) => step.command += &format!("\n{more}"),
                (None, None, Some(step)) if !line.trim().is_empty() => step.shows.push(line.to_owned()),
                _ => {}
            },
        }
    }
    steps
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

/// A bash whose two output streams are one.
struct Shell {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Shell {
    fn start(place: &Place) -> Self {
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
        Self { input: child.stdin.take().unwrap(), child, lines }
    }

    /// What the command prints until it is done; what one in the background prints until all that it must show is there.
    fn type_in(&mut self, step: &Step) -> Vec<String> {
        const DONE: &str = "== done ==";
        let in_background = step.command.ends_with('&');
        let end = if in_background { String::new() } else { format!("\necho; echo '{DONE}'") };
        writeln!(self.input, "{}{end}", step.command).unwrap();
        let mut printed: Vec<String> = Vec::new();
        loop {
            let enough = || step.shows.iter().all(|shown| printed.iter().any(|line| matches(shown, line)));
            if in_background && enough() {
                return printed;
            }
            let line = self.lines.recv_timeout(PATIENCE);
            let line =
                line.unwrap_or_else(|_| panic!("`{}` is stuck after:\n{}", step.command, printed.join("\n")));
            if line == DONE {
                return printed;
            }
            printed.push(line);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "kill $(jobs -p) 2>/dev/null; exit");
        let _ = self.child.wait();
    }
}
