//! `wa status`

use clap::Args;
use runtime_host::client::Status as HostStatus;
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Show how the running host and its plugins are
#[derive(Debug, Args)]
#[command(after_help = "Exits 1 when no host runs on the project.")]
pub(crate) struct StatusOfHost {
    #[command(flatten)]
    format: DataFormat,
}

impl StatusOfHost {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let layout = project::layout(context)?;
        let Some(running) = project::find_host(&layout)? else {
            if self.format.json {
                context.printer.json(&json!({ "schemaVersion": 1, "running": false }))?;
            } else {
                context.printer.note("no host runs on this project; start it with `wa run`");
            }
            return Ok(Status::No);
        };
        let gateway = format!("http://{}", running.gateway);
        let record = layout.run_dir().join("host.json");
        let status = runtime_host::client::Client::new(running)
            .status()
            .map_err(|error| project::host_failure("ask the host", &error))?;
        if self.format.json {
            context.printer.json(&json!({
                "schemaVersion": 1, "running": true, "gateway": gateway, "tokenFile": record, "host": status,
            }))?;
        } else {
            render(context, &gateway, &status)?;
        }
        Ok(Status::Done)
    }
}

fn render(context: &Context, gateway: &str, status: &HostStatus) -> Outcome<()> {
    let out = context.printer;
    out.data(format_args!("running    pid {}, for {} s, {gateway}", status.pid, status.uptime_seconds))?;
    let queues = &status.queues;
    out.data(format_args!(
        "in         {} pending, {} given up",
        queues.inbound_pending, queues.inbound_dead
    ))?;
    out.data(format_args!("out        {} queued, {} given up", queues.outbox_queued, queues.outbox_dead))?;
    for account in &status.channels {
        let reason = if account.reason.is_empty() { String::new() } else { format!(": {}", account.reason) };
        let (state, since) = (account.state.replace('_', " "), &account.since);
        let line =
            format!("channel    {}/{} {state} since {since}{reason}", account.channel, account.instance);
        out.data(plain(&line))?;
    }
    for plugin in &status.plugins {
        let counters = &plugin.counters;
        let line = format!(
            "plugin     {} {}: {} ({}); {} calls, {} failed, {} crashes",
            plugin.id,
            plugin.version,
            plugin.state,
            plugin.reason,
            counters.calls,
            counters.failures,
            counters.crashes
        );
        out.data(plain(&line))?;
        for (id, service) in &plugin.services {
            let reason =
                if service.reason.is_empty() { String::new() } else { format!(": {}", service.reason) };
            let line = format!(
                "service    {}/{id} {}, {} restarts{reason}",
                plugin.id, service.state, service.restarts
            );
            out.data(plain(&line))?;
        }
    }
    Ok(())
}
