//! `wa plugins dev`: a plugin is edited while one chats with it.

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::Receiver;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::events::read_lines;
use crate::support::{LIMIT, Place, processes};

const MANIFEST: &str = "schema: 1
id: desk
version: 1.0.0
runtime: { kind: js, entry: src/index.ts }
permissions: { storage: 1MiB }
agent: true
configSchema: { type: object, additionalProperties: false, properties: { greeting: { type: string, default: Hello } } }
";

const CODE: &str = r#"import { definePlugin } from "wa";

type Text = { text: string };

export default definePlugin({
  agent: async ({ message }, wa): Promise<Text> => {
    const count = (((await wa.storage.get("count")) as number | null) ?? 0) + 1;
    await wa.storage.set("count", count);
    if (message.text === "break") throw new Error("broken as asked");
    wa.log.info("answering");
    return { text: `${wa.config.greeting} ${count}: ${message.text}` };
  },
});
"#;

/// A running `wa plugins dev`, and what it says. Killed when it is dropped.
struct Dev {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    words: Receiver<String>,
}

impl Dev {
    #[track_caller]
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.command(["plugins", "dev", "desk"]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (answers, words) =
            (read_lines(child.stdout.take().unwrap()), read_lines(child.stderr.take().unwrap()));
        let input = child.stdin.take();
        let dev = Self { child, input, answers, words };
        dev.told("Watching desk");
        dev
    }

    /// Types a line.
    fn say(&mut self, text: &str) {
        writeln!(self.input.as_mut().unwrap(), "{text}").unwrap();
    }

    /// Types a line and waits for the answer.
    #[track_caller]
    fn ask(&mut self, text: &str) -> String {
        self.say(text);
        self.answers
            .recv_timeout(LIMIT)
            .unwrap_or_else(|_| panic!("no answer; it said: {:?}", self.words.try_iter().collect::<Vec<_>>()))
    }

    /// Waits for a line on stderr with this in it; all lines until then.
    #[track_caller]
    fn told(&self, words: &str) -> String {
        let mut said = String::new();
        loop {
            match self.words.recv_timeout(LIMIT) {
                Ok(line) => {
                    said.push_str(&line);
                    said.push('\n');
                    if line.contains(words) {
                        return said;
                    }
                }
                Err(_) => panic!("never told of {words:?}, but:\n{said}"),
            }
        }
    }

    #[track_caller]
    fn ends(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn place() -> Place {
    let place = Place::empty();
    place.write("desk/wa.plugin.yaml", MANIFEST);
    place.write("desk/src/index.ts", CODE);
    place
}

#[test]
fn a_change_takes_effect_in_the_same_chat_and_a_broken_one_does_not() {
    let place = place();
    let mut dev = Dev::start(&place, &[]);
    assert_eq!(dev.ask("one"), "< Hello 1: one");
    dev.told("[desk] info: answering");

    place.edit("desk/src/index.ts", "`${wa.config.greeting} ${count}", "`Moin ${count}");
    dev.told("reloaded");
    assert_eq!(dev.ask("two"), "< Moin 2: two");

    place.edit("desk/src/index.ts", "`Moin ${count}", "`Servus ${count");
    let said = dev.told("the version before goes on");
    assert!(said.contains("desk/src/index.ts:"), "no position: {said}");
    assert_eq!(dev.ask("three"), "< Moin 3: three");

    place.edit("desk/src/index.ts", "`Servus ${count", "`Servus ${count}");
    dev.told("reloaded");
    assert_eq!(dev.ask("four"), "< Servus 4: four");

    // A manifest that is wrong is told with its place as well.
    place.edit("desk/wa.plugin.yaml", "agent: true", "agnet: true");
    let said = dev.told("the version before goes on");
    assert!(said.contains("desk/wa.plugin.yaml:6:1") && said.contains("did you mean `agent`?"), "{said}");
    assert_eq!(dev.ask("five"), "< Servus 5: five");
}

#[test]
fn what_the_code_throws_is_told_with_its_place_in_the_authors_file() {
    let place = place();
    let mut dev = Dev::start(&place, &[]);
    dev.say("break");
    let said = dev.told("src/index.ts:9:");
    assert!(said.contains("broken as asked"), "{said}");
}

#[test]
fn settings_come_from_the_file_and_from_the_command_line() {
    let place = place();
    place.write("desk/wa.dev.yaml", "greeting: Moin");
    let mut dev = Dev::start(&place, &[]);
    assert_eq!(dev.ask("one"), "< Moin 1: one");
    place.write("desk/wa.dev.yaml", "greeting: Servus");
    dev.told("reloaded");
    assert_eq!(dev.ask("two"), "< Servus 2: two");
    // What does not fit the plugin's schema leaves it as it was.
    place.write("desk/wa.dev.yaml", "greeting: 7");
    dev.told("greeting");
    assert_eq!(dev.ask("three"), "< Servus 3: three");
    drop(dev);
    // It is no part of a package.
    place.write("desk/wa.dev.yaml", "greeting: Servus");
    place.edit("desk/wa.plugin.yaml", "runtime:", "publisher: acme\nruntime:");
    place.wa(["plugins", "pack", "desk", "--out", "dist"]).succeeds();
    let packed = place.wa(["plugins", "verify", "dist/desk-1.0.0.tgz", "--json"]);
    assert!(!packed.stdout().contains("wa.dev.yaml"), "{packed}");
    let mut dev = Dev::start(&place, &["-c", "greeting=Gude"]);
    assert_eq!(dev.ask("one"), "< Gude 1: one");
}

#[test]
fn it_ends_cleanly_with_its_input_and_with_a_signal_and_leaves_nothing() {
    let place = place();
    let before = place.tree();
    let mut dev = Dev::start(&place, &[]);
    assert_eq!(dev.ask("one"), "< Hello 1: one");
    let workers = processes::children(dev.child.id());
    assert!(!workers.is_empty());
    dev.input = None;
    dev.told("Stopped");
    dev.ends();
    processes::wait_until_gone(&workers);

    let dev = Dev::start(&place, &[]);
    kill_process(Pid::from_raw(dev.child.id().try_into().unwrap()).unwrap(), Signal::INT).unwrap();
    dev.told("Stopped");
    dev.ends();
    assert!(before == place.tree(), "it has changed files");
}

#[test]
fn the_chat_can_be_on_a_simulated_whatsapp() {
    let place = place();
    let mut dev = Dev::start(&place, &["--whatsapp"]);
    assert_eq!(dev.ask("one"), "< Hello 1: one");
    place.edit("desk/src/index.ts", "`${wa.config.greeting} ${count}", "`Moin ${count}");
    dev.told("reloaded");
    assert_eq!(dev.ask("two"), "< Moin 2: two");
}

#[test]
fn a_plugin_that_cannot_run_is_not_begun() {
    let place = place();
    place.edit("desk/src/index.ts", "definePlugin({", "definePlugin({{");
    let refused = place.wa(["plugins", "dev", "desk"]).exits(1);
    assert!(
        refused.stderr().contains("desk/src/index.ts:5:") && refused.stderr().contains("cannot run as it is"),
        "{refused}"
    );
    let refused = place.wa(["plugins", "dev", "nowhere"]).exits(2);
    assert!(refused.stderr().contains("nowhere"), "{refused}");
}
