//! The last act of `wa demo --whatsapp`: the agent on WhatsApp, with simulated phones.

use std::fs;
use std::time::Duration;

use channel_whatsapp::{Server, Session};
use runtime_host::notice::NoticeStream;
use runtime_host::{Notice, Purpose};
use whatsapp_simulator::{Command, Simulator};

use super::stage::Stage;
use crate::commands::run;
use crate::failure::{Failure, Outcome, While};
use crate::terminal::plain;

const ACCOUNT: &str = "573000000001";
const ANA: &str = "573000000002";
const SESSION: &str = ".wa/agents/ana/whatsapp/default";
/// What the project file lacks.
const CHANGES: [(&str, &str); 2] = [
    ("bindings: [{ channel: console }]", "bindings: [{ channel: console }, { channel: whatsapp }]"),
    ("channels:\n", "channels:\n  whatsapp: {}\n"),
];
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Binds the agent to an account that the simulator has linked, and has Ana ask something from her phone.
pub(super) fn play(stage: &Stage) -> Outcome<()> {
    stage.say("10. The same agent on WhatsApp: the real protocol, and phones that are simulated");
    for (without, with) in CHANGES {
        stage.replace("wa.yaml", without, with)?;
    }
    run::runtime()?.block_on(talk(stage))?;
    // The simulator is gone, and with it the account.
    for (without, with) in CHANGES {
        stage.replace("wa.yaml", with, without)?;
    }
    fs::remove_dir_all(stage.path(SESSION)).cannot("remove the simulated account")
}

async fn talk(stage: &Stage) -> Outcome<()> {
    let simulator = Simulator::start().await.cannot("start the simulator")?;
    simulator.add_account(ACCOUNT, "The shop").await.cannot("add an account")?;
    simulator.add_contact(ANA, "Ana").await.cannot("add a contact")?;
    let device = simulator.prepare(ACCOUNT).await.cannot("link a device")?;
    let session = Session::of(&stage.path(SESSION));
    session.install(&device).cannot("put the device into its place")?;
    let server = Server::Simulator { chat: simulator.chat_address(), media: simulator.media_address() };
    stage.printer().note("$ wa run --simulator …    (nothing goes to WhatsApp)");
    let (host, mut stream) = run::start(stage.context(), None, server, Purpose::Project).await?;
    let played = tokio::time::timeout(PATIENCE, converse(stage, &simulator, &mut stream)).await;
    host.stop().await;
    played.unwrap_or_else(|_| Err(Failure::could_not_run("no answer came to the phone")))
}

async fn converse(stage: &Stage, simulator: &Simulator, stream: &mut NoticeStream) -> Outcome<()> {
    while let Some(notice) = stream.next().await {
        if matches!(notice, Notice::ChannelChanged { state: "connected", .. }) {
            break;
        }
    }
    let text = "where is 1002?";
    stage.printer().note(format_args!("  Ana's phone, to the shop:   {text}"));
    let write = Command::Write {
        from: ANA.to_owned(),
        to: ACCOUNT.to_owned(),
        group: None,
        text: text.to_owned(),
        reply_to: None,
    };
    simulator.run(write).await.cannot("write from the phone")?;
    for heard in simulator.heard(ANA, 0).await.cannot("look at the phone")? {
        stage.printer().note(plain(&format!("  Ana's phone, from the shop: {}", heard.text)));
    }
    Ok(())
}
