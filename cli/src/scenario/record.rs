//! What happened in a step, as the host told it.

use manifest_schema::scenario::LogLine;
use runtime_host::Notice;
use serde_json::Value;

use super::compare::Difference;

/// The notices of one step, by what they say.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Level and text.
    logs: Vec<(String, String)>,
    /// What the plugin threw, with its stack, and what its process said before it ended.
    thrown: Vec<String>,
    /// Why a message went no further.
    pub(super) stopped: Option<String>,
}

impl Record {
    pub(super) fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Log { level, message, fields, .. } => {
                let fields = if fields == "null" { String::new() } else { format!(" {fields}") };
                self.logs.push((level.to_string(), format!("{message}{fields}")));
            }
            Notice::Threw { call, message, stack, .. } => {
                self.was_thrown(format!("thrown for {call}: {message}{}", below(&stack)));
            }
            Notice::WorkerFailed { reason, last_words, .. } => {
                self.was_thrown(format!("the plugin's process failed: {reason}{}", below(&last_words)));
            }
            Notice::DeadLetter { reason, .. } | Notice::MessageBlocked { reason, .. } => {
                self.stopped.get_or_insert(reason);
            }
            Notice::PluginRefused { reason, .. } => {
                self.was_thrown(format!("the plugin does not run: {reason}"));
            }
            Notice::Quarantined { reason, last_words, .. } => {
                self.was_thrown(format!("the plugin does not run: {reason}{}", below(&last_words)));
            }
            _ => {}
        }
    }

    /// What the plugin threw, and what it logged as an error: a component says there where it panicked.
    pub(super) fn take_thrown(&mut self) -> Vec<String> {
        let errors = self.logs.iter().filter(|(level, _)| level == "error");
        let errors = errors.map(|(_, text)| format!("logged as an error:{}", below(text)));
        std::mem::take(&mut self.thrown).into_iter().chain(errors).collect()
    }

    fn was_thrown(&mut self, told: String) {
        if !self.thrown.contains(&told) {
            self.thrown.push(told);
        }
    }

    /// The lines that were expected and did not come.
    pub(super) fn missing_logs(&self, expected: &[LogLine]) -> Vec<Difference> {
        let came = || {
            let lines = self.logs.iter().map(|(level, text)| format!("{level}: {text}"));
            let lines = lines.collect::<Vec<_>>().join("\n");
            if lines.is_empty() { "no lines".to_owned() } else { lines }
        };
        let is_missing = |line: &LogLine| match line {
            LogLine::Words(words) => self.logs.iter().all(|(_, text)| !text.contains(words)),
            LogLine::Level(line) => {
                self.logs.iter().all(|(level, text)| *level != line.level || !text.contains(&line.text))
            }
        };
        let missing = expected.iter().enumerate().filter(|(_, line)| is_missing(line));
        missing
            .map(|(at, line)| {
                let wanted = match line {
                    LogLine::Words(words) => Value::from(words.as_str()).to_string(),
                    LogLine::Level(line) => format!("{}: {}", line.level, line.text),
                };
                Difference::new(&format!("logs/{at}"), wanted, came())
            })
            .collect()
    }
}

/// Lines below another, indented as they are among themselves.
fn below(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let common = lines().map(indentation).min().unwrap_or_default();
    let shown = |line: &str| line.get(common..).unwrap_or(line.trim_start()).trim_end().to_owned();
    lines().map(|line| format!("\n  {}", shown(line))).collect()
}
