//! `GET /metrics`: what `status` tells, in Prometheus' text format
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4).

use super::credential::Credential;
use crate::{
    client::{ChannelStatus, PluginStatus, Status},
    host::Inner,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use std::{fmt::Write as _, sync::Arc};

/// The media type of the format.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whoever may call `status` may ask.
pub(super) async fn show(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let refused = |status: StatusCode, why: String| (status, format!("{why}\n")).into_response();
    match Credential::of(&inner, &headers).await {
        Err(unknown) => return refused(StatusCode::UNAUTHORIZED, unknown.to_string()),
        Ok(credential) => {
            if let Err(why) = credential.may_call("status", None) {
                return refused(StatusCode::FORBIDDEN, why);
            }
        }
    }
    match inner.status().await {
        Ok(status) => ([(CONTENT_TYPE, FORMAT)], text(&status)).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn text(status: &Status) -> String {
    let mut page = Page::default();
    page.family("wa_info", "gauge", "The version that runs", [(vec![("version", &*status.version)], 1)]);
    page.family("wa_uptime_seconds", "gauge", "Since the host started", [(vec![], status.uptime_seconds)]);
    let queues = status.queues;
    let waiting = [
        (vec![("queue", "inbound")], queues.inbound_pending),
        (vec![("queue", "outbox")], queues.outbox_queued),
    ];
    page.family("wa_messages_waiting", "gauge", "Messages that are accepted and not finished", waiting);
    let dead =
        [(vec![("queue", "inbound")], queues.inbound_dead), (vec![("queue", "outbox")], queues.outbox_dead)];
    page.family("wa_messages_dead", "gauge", "Messages that were given up", dead);
    channels(&mut page, &status.channels);
    plugins(&mut page, &status.plugins);
    page.0
}

fn channels(page: &mut Page, channels: &[ChannelStatus]) {
    let states = channels.iter().map(|account| {
        (
            vec![
                ("channel", &*account.channel),
                ("instance", &*account.instance),
                ("state", &*account.state),
            ],
            1,
        )
    });
    page.family("wa_channel_state", "gauge", "The state that an account is in", states);
    let counted = channels.iter().flat_map(|account| {
        let labels = |outcome| {
            vec![("channel", &*account.channel), ("instance", &*account.instance), ("outcome", outcome)]
        };
        account.inbound.by_name().map(|(outcome, count)| (labels(outcome), count))
    });
    page.family(
        "wa_channel_inbound_total",
        "counter",
        "Messages that came in, by what became of them",
        counted,
    );
}

/// A counter of each plugin: its name, what it counts, and where it is.
type Counted = (&'static str, &'static str, fn(&PluginStatus) -> u64);

const COUNTED: [Counted; 7] = [
    ("starts", "Workers started", |plugin| plugin.counters.starts),
    ("calls", "Calls made", |plugin| plugin.counters.calls),
    ("failures", "Calls that ended without a result", |plugin| plugin.counters.failures),
    ("crashes", "Workers that crashed or were killed", |plugin| plugin.counters.crashes),
    ("queue_full", "Calls refused because the queue was full", |plugin| plugin.counters.queue_full),
    ("refused_host_calls", "Host calls refused for want of a permission", |plugin| {
        plugin.counters.refused_host_calls
    }),
    ("dropped_logs", "Log lines dropped because there were too many", |plugin| plugin.counters.dropped_logs),
];

fn plugins(page: &mut Page, plugins: &[PluginStatus]) {
    let states = plugins.iter().map(|plugin| {
        (vec![("plugin", &*plugin.id), ("version", &*plugin.version), ("state", &*plugin.state)], 1)
    });
    page.family("wa_plugin_state", "gauge", "The state that a plugin is in", states);
    let busy = plugins.iter().map(|plugin| (vec![("plugin", &*plugin.id)], plugin.calls_in_flight));
    page.family("wa_plugin_calls_in_flight", "gauge", "Calls that wait or run", busy);
    for (name, help, count) in COUNTED {
        let samples = plugins.iter().map(|plugin| (vec![("plugin", &*plugin.id)], count(plugin)));
        page.family(&format!("wa_plugin_{name}_total"), "counter", help, samples);
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    /// A family of samples: its head, and a line for each.
    fn family<'a>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'static str, &'a str)>, u64)>,
    ) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels: Vec<_> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

/// A label's value: the format wants backslashes, quotes and line ends escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
