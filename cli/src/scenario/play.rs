//! Playing a scenario against a running host.

mod judge;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use audit_log::Moment;
use manifest_schema::manifest::{Manifest, Method};
use manifest_schema::scenario::{Action, Message, Step};
use manifest_schema::timetable::Timetable;
use runtime_host::client::{Body, CapabilityRequest, SendMessage, SendOptions, SendOrigin};
use runtime_host::{Notice, Rehearsing};
use serde_json::{Map, Value, json};

use super::compare::{self, Difference};
use super::line::{Doing, words};
use super::record::Record;
use super::stage::{Stage, StageClock};
use super::{ScenarioFile, StepFailure, StepOutcome};

/// How long a step may take to come to an end, beyond the calls that it makes itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at whether everything has come to an end.
const PAUSE: Duration = Duration::from_millis(3);
/// Runs of schedules within one step.
const MAX_RUNS: usize = 1_000;

impl Stage {
    /// Plays the steps in order, each whatever became of the one before.
    pub(crate) fn play(&mut self, file: &ScenarioFile, manifest: &Manifest) -> Vec<StepOutcome> {
        let steps = file.scenario.steps.iter().enumerate();
        let folder = file.path.parent().unwrap_or(Path::new("."));
        steps
            .map(|(number, step)| {
                let begun = Instant::now();
                let mut player = Player {
                    stage: self,
                    manifest,
                    folder,
                    number,
                    record: Record::default(),
                    came: Vec::new(),
                    chunks: Vec::new(),
                };
                let failure = player.play(step);
                StepOutcome { name: step.name.clone(), failure, took: begun.elapsed() }
            })
            .collect()
    }
}

struct Player<'a> {
    stage: &'a mut Stage,
    manifest: &'a Manifest,
    folder: &'a Path,
    number: usize,
    record: Record,
    /// The messages that came to the chat.
    came: Vec<Value>,
    /// The pieces that a capability's answer came in.
    chunks: Vec<Value>,
}

impl Player<'_> {
    fn play(&mut self, step: &Step) -> Option<StepFailure> {
        let result = self.act(step);
        // Also where it failed: what the plugin threw is told by a notice.
        let ended = self.come_to_an_end(step);
        let result = result.and_then(|result| ended.map(|()| result));
        let result = match (result, &self.record.stopped) {
            (Ok(Value::Null), Some(reason)) => Err(reason.clone()),
            (result, _) => result,
        };
        let mut failure = StepFailure::default();
        match (&step.error, result) {
            (Some(words), Err(why)) if why.contains(words) => {}
            (Some(words), Err(why)) => failure.differences.push(Difference::new("error", words, why)),
            (Some(words), Ok(result)) => {
                failure.differences.push(Difference::new("error", words, format!("the result {result}")));
            }
            (None, Err(why)) => failure.why = Some(why),
            (None, Ok(mut result)) => {
                if step.send.is_some() && !self.came.is_empty() {
                    result = self.came.remove(0);
                }
                let expected = step.expect.iter();
                failure
                    .differences
                    .extend(expected.flat_map(|part| compare::part("expect", part, Some(&result))));
            }
        }
        failure.differences.extend(self.differences(step));
        for request in self.stage.rehearsal.take_undeclared() {
            failure.why =
                Some(format!("the plugin asked for `{request}`, to which `http` declares no answer"));
        }
        let is_fine = failure.why.is_none() && failure.differences.is_empty();
        failure.thrown = self.record.take_thrown();
        (!is_fine).then_some(failure)
    }

    /// Does what the step says; the result is what `expect` is compared with.
    fn act(&mut self, step: &Step) -> Result<Value, String> {
        let action = step.action().ok_or("the step does nothing")?;
        match action {
            Action::Message(Message::Text(text)) => self.write(Doing::Writes(text)),
            Action::Message(Message::Answer(answer)) if answer.to_last => {
                self.write(Doing::Answers(&answer.text))
            }
            Action::Message(Message::Answer(answer)) => self.write(Doing::Writes(&answer.text)),
            Action::Reaction(emoji) => self.write(Doing::Reacts(emoji)),
            Action::Media(media) => self.write(Doing::Sends(media, self.folder.join(&media.file))),
            Action::Send(text) => self.send(text),
            Action::Tool(name, input) => {
                let output = self.stage.client.call_tool(name, &input).map_err(words)?;
                serde_json::from_str(output.get()).map_err(|error| error.to_string())
            }
            Action::Route(method, path) => self.call_route(step, method, path),
            Action::Command(name) => {
                let args = step.args.clone().unwrap_or_default();
                self.stage.client.run_command(name, &args).map(|output| json!(output)).map_err(words)
            }
            Action::Rpc(method) => {
                let params = step.params.clone().unwrap_or_else(|| json!({}));
                self.stage.client.call_rpc(method, &params).map_err(words)
            }
            Action::Capability(kind, id) => {
                let request = step.request.clone().unwrap_or_else(|| json!({}));
                let asked = CapabilityRequest { kind, id: Some(id.to_owned()), request };
                let mut listen = |chunk| self.chunks.push(chunk);
                let listener = step.chunks.is_some().then_some(&mut listen as &mut dyn FnMut(Value));
                let outcome = self.stage.client.stream_capability(&asked, listener).map_err(words)?;
                outcome.map(|answer| answer.response).map_err(|failure| failure.to_string())
            }
            Action::Event(name) => {
                let payload = step.payload.clone().unwrap_or_default();
                self.stage.runtime.block_on(self.plugin()?.tell(name, payload)).map(|()| Value::Null)
            }
            Action::Schedule(id) => {
                let now = self.stage.clock.as_ref().map_or_else(|| self.machine_time(), StageClock::now);
                self.run_schedule(id, now).map(|()| Value::Null)
            }
            Action::Advance(time) => self.advance(time.millis()).map(|()| Value::Null),
        }
    }

    fn plugin(&self) -> Result<Rehearsing<'_>, String> {
        self.stage.host.rehearse(&self.manifest.id).ok_or_else(|| "the plugin does not run".to_owned())
    }

    fn machine_time(&self) -> u64 {
        Moment::from((self.stage.machine)()).millis()
    }

    /// How many messages of the simulated phone the host has taken; none on the console.
    fn taken(&self) -> Result<u64, String> {
        let status = self.stage.client.status().map_err(words)?;
        Ok(status.channels.iter().map(|account| account.inbound.taken).sum())
    }

    /// Somebody does something on the line; waits until it has reached the host.
    fn write(&mut self, doing: Doing<'_>) -> Result<Value, String> {
        let before = self.taken()?;
        self.stage.line.act(self.number, doing)?;
        let end = Instant::now() + PATIENCE;
        loop {
            let mut has_come = self.taken()? > before;
            while let Some(notice) = self.stage.stream.try_next() {
                has_come |= matches!(notice, Notice::MessageAccepted { .. });
                self.record.take(notice);
            }
            if has_come {
                return Ok(Value::Null);
            }
            self.stage.line.collect(&mut self.came)?;
            if Instant::now() > end {
                return Err(format!("the host took no message within {} s", PATIENCE.as_secs()));
            }
            thread::sleep(PAUSE);
        }
    }

    fn send(&mut self, text: &str) -> Result<Value, String> {
        let (channel, to) = self.stage.line.address();
        let message = SendMessage {
            channel: channel.to_owned(),
            instance: None,
            to: to.to_owned(),
            body: Body::Text { text: text.to_owned() },
            options: SendOptions { request_id: None, origin: Some(SendOrigin::Cli) },
        };
        self.stage.client.send(&message).map_err(words)?;
        let end = Instant::now() + PATIENCE;
        while self.came.is_empty() && Instant::now() < end {
            self.stage.line.collect(&mut self.came)?;
        }
        Ok(json!({}))
    }

    fn call_route(&self, step: &Step, method: Method, path: &str) -> Result<Value, String> {
        let body = match &step.body {
            None => Vec::new(),
            Some(Value::String(text)) => text.clone().into_bytes(),
            Some(other) => other.to_string().into_bytes(),
        };
        let mut headers: Vec<(String, String)> =
            step.headers.clone().unwrap_or_default().into_iter().collect();
        if step.sign == Some(true) {
            let plain = path.split('?').next().unwrap_or(path);
            let declared = self.manifest.routes.iter();
            let route =
                declared.filter(|route| route.path == plain).find(|route| route.methods.contains(&method));
            let route =
                route.ok_or_else(|| format!("its manifest declares no route `{} {plain}`", method.name()))?;
            headers.extend(self.plugin()?.webhook_headers(route, &body)?);
        }
        let answer =
            self.stage.client.call_route(&self.manifest.id, method, path, &headers, &body).map_err(words)?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let headers: Map<String, Value> =
            answer.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        let text = String::from_utf8_lossy(&answer.body);
        Ok(json!({ "status": answer.status, "headers": headers, "json": json, "text": text }))
    }

    fn run_schedule(&self, id: &str, due: u64) -> Result<(), String> {
        self.stage.runtime.block_on(self.plugin()?.run_schedule(id, StageClock::time(due)))
    }

    /// Lets time pass: every run that is due within it happens at its time.
    fn advance(&mut self, time: u64) -> Result<(), String> {
        let clock = self.stage.clock.clone().ok_or("the scenario has no `clock`")?;
        let end = clock.now().saturating_add(time);
        let mut timetables = Vec::new();
        for schedule in &self.manifest.schedules {
            let timetable = Timetable::new(&schedule.cron, schedule.timezone.as_deref());
            timetables.push((schedule.id.clone(), timetable.map_err(|error| error.to_string())?));
        }
        let mut runs = Vec::new();
        for (id, timetable) in &timetables {
            let mut at = clock.now();
            while let Some(due) = timetable.after(at).filter(|due| *due <= end && runs.len() <= MAX_RUNS) {
                runs.push((due, id));
                at = due;
            }
        }
        if runs.len() > MAX_RUNS {
            return Err(format!("more than {MAX_RUNS} runs are due in that time"));
        }
        runs.sort_by_key(|(due, _)| *due);
        for (due, id) in runs {
            clock.set(due);
            self.run_schedule(id, due)
                .map_err(|why| format!("schedule `{id}` at {}: {why}", Moment::from_millis(due)))?;
        }
        clock.set(end);
        Ok(())
    }

    /// Waits until nothing is on its way any more, and the messages that the step wants have come.
    fn come_to_an_end(&mut self, step: &Step) -> Result<(), String> {
        let wanted = usize::from(step.reply.is_some() || step.send.is_some());
        let wanted =
            step.replies.as_ref().map_or(wanted, |replies| replies.len() + usize::from(step.send.is_some()));
        let end = Instant::now() + PATIENCE;
        loop {
            self.stage.line.collect(&mut self.came)?;
            while let Some(notice) = self.stage.stream.try_next() {
                self.record.take(notice);
            }
            let queues = self.stage.client.status().map_err(words)?.queues;
            let in_flight = self.plugin().map_or(0, |plugin| plugin.calls_in_flight());
            let is_idle = queues.inbound_pending == 0 && queues.outbox_queued == 0 && in_flight == 0;
            let is_over = Instant::now() > end;
            // What was sent last may still be on its way to a phone.
            let on_console = self.stage.line.address().0 == "console";
            if is_idle
                && (is_over || on_console || self.came.len() >= wanted || self.record.stopped.is_some())
            {
                self.stage.line.collect(&mut self.came)?;
                while let Some(notice) = self.stage.stream.try_next() {
                    self.record.take(notice);
                }
                return Ok(());
            }
            if is_over {
                return Err(format!("the host was still busy after {} s", PATIENCE.as_secs()));
            }
            thread::sleep(PAUSE);
        }
    }
}
