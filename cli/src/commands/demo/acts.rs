//! What happens in the demo, act by act. Each runs the same code as the commands that it shows.

use channel_whatsapp::Server;
use runtime_host::Purpose;
use runtime_host::client::{Client, ClientError};
use serde_json::json;

use super::stage::Stage;
use crate::commands::run;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

const PROJECT: &str = "\
schema: 1
agents:
  ana:
    handler: order-desk
    bindings: [{ channel: console }]
    tools: { allow: [order_desk_lookup] }
plugins:
  paths: [./plugins]
channels:
  console: { enabled: true }
server: { bind: 127.0.0.1:0 }
";

const GREEDY_MANIFEST: &str = include_str!("../../../assets/greedy/wa.plugin.yaml");
const GREEDY_CODE: &str = include_str!("../../../assets/greedy/src/index.js");

/// What the hostile plugin tries, what it hopes for, and words of what may stop it.
const ATTEMPTS: [(&str, &str, &[&str]); 5] = [
    ("files", "to read files", &["nothing here to open a file with"]),
    ("network", "to send the contacts away", &["permissions.network"]),
    ("message", "to write to people", &["permissions.channel"]),
    ("memory", "to take all memory", &["memory", "the worker was killed"]),
    // Its own processor time, or on a busy machine the host's clock.
    ("loop", "to hold the host up for ever", &["budget", "the worker was killed"]),
];

/// A plugin from a template, a slip in its manifest, and its tests in the sandbox.
pub(super) fn write_and_check(stage: &Stage) -> Outcome<()> {
    stage.say("1. A plugin, from nothing");
    stage.comes_to(&["init", "./"], Status::Done)?;
    stage.write("wa.yaml", PROJECT)?;
    let new = [
        "plugins",
        "new",
        "order-desk",
        "--template",
        "ts-tool",
        "--set",
        "publisher=demo",
        "--dir",
        "./source",
    ];
    stage.comes_to(&new, Status::Done)?;

    stage.say("2. A slip in the manifest is found without running any code");
    stage.replace("source/order-desk/wa.plugin.yaml", "sideEffects:", "sideEfects:")?;
    stage.comes_to(&["plugins", "validate", "./source/order-desk"], Status::No)?;
    stage.printer().note("\nThe demo mends it, as the help says.");
    stage.replace("source/order-desk/wa.plugin.yaml", "sideEfects:", "sideEffects:")?;
    stage.comes_to(&["plugins", "validate", "./source/order-desk"], Status::Done)?;

    stage.say("3. Its tests run in the real sandbox");
    stage.comes_to(&["plugins", "test", "./source/order-desk"], Status::Done)
}

/// A signed package, and an operator who sees what it may do before it can.
pub(super) fn sign_and_install(stage: &Stage) -> Outcome<()> {
    stage.say("4. Packed and signed");
    stage.comes_to(&["keys", "new", "demo"], Status::Done)?;
    stage.comes_to(&["plugins", "pack", "./source/order-desk", "--sign", "--out", "./dist"], Status::Done)?;

    stage.say("5. Installed, once the operator has seen who signed it and what it may do");
    stage.comes_to(&["plugins", "install", "./dist/order-desk-0.1.0.tgz"], Status::Done)?;
    stage.comes_to(&["plugins", "list"], Status::Done)
}

/// A conversation, and a hostile plugin beside it.
pub(super) fn run_and_attack(stage: &Stage) -> Outcome<()> {
    stage.say("6. Running: each plugin in a sandboxed process of its own");
    stage.write("plugins/greedy/wa.plugin.yaml", GREEDY_MANIFEST)?;
    stage.write("plugins/greedy/src/index.js", GREEDY_CODE)?;
    stage.printer().note("$ wa run");
    let runtime = run::runtime()?;
    let (host, mut stream) =
        runtime.block_on(run::start(stage.context(), None, Server::default(), Purpose::Project))?;
    let notices = run::Notices::new(stage.printer(), false);
    let shown = runtime.spawn(async move {
        while let Some(notice) = stream.next().await {
            notices.show(&notice)?;
        }
        Outcome::Ok(())
    });
    let played = talk(stage).and_then(|()| attack(stage));
    runtime.block_on(host.stop());
    runtime.block_on(shown).cannot("show what the host told")??;
    played
}

fn talk(stage: &Stage) -> Outcome<()> {
    stage.comes_to(&["chat", "hello"], Status::Done)?;
    stage.comes_to(&["chat", "where is 1002?"], Status::Done)
}

fn attack(stage: &Stage) -> Outcome<()> {
    stage.say("7. A hostile plugin tries its luck");
    let host = project::running_host(stage.context())?;
    for (what, hope, barriers) in ATTEMPTS {
        let stopped = attempt(&host, what)?;
        stage.printer().note(plain(&format!("  greedy wants {hope}\n      stopped: {stopped}")));
        if !barriers.iter().any(|barrier| stopped.contains(barrier)) {
            return Err(Failure::no(format_args!(
                "that is not what should have stopped it: {}",
                barriers.join(", ")
            )));
        }
    }
    stage.printer().note("\nThe other plugin did not notice:");
    stage.comes_to(&["chat", "and 1003?"], Status::Done)
}

/// The words that stopped the attempt; an attempt that succeeds is the end of the demo.
fn attempt(host: &Client, what: &str) -> Outcome<String> {
    match host.call_tool("greedy_try", &json!({ "what": what })) {
        Err(ClientError::Refused { message, .. }) => Ok(message),
        Err(error) => Err(project::host_failure("call the hostile plugin", &error)),
        Ok(output) => {
            Err(Failure::no(format_args!("the hostile plugin got what it wanted: {}", output.get())))
        }
    }
}

/// What the operator sees afterwards.
pub(super) fn look_back(stage: &Stage) -> Outcome<()> {
    stage.say("8. What is known of the hostile plugin");
    stage.comes_to(&["plugins", "inspect", "greedy"], Status::Done)?;
    stage.comes_to(&["plugins", "disable", "greedy"], Status::Done)?;

    stage.say("9. The doctor looks at everything");
    stage.comes_to(&["doctor"], Status::Done)
}
