//! Flags that say which records are wanted.

use std::collections::VecDeque;

use audit_log::{Filter, Moment, Pattern, PatternError, Place, Record};
use clap::Args;

use crate::context::Context;
use crate::failure::{Outcome, While};

/// Which records are wanted; all conditions must hold.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// About this plugin; a `*` at the end stands for anything
    #[arg(long, value_name = "ID")]
    plugin: Option<Pattern>,

    /// Of this action, such as `plugin.install` or `plugin.*`
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<Pattern>,

    /// By this actor, such as `operator:1000`, `host` or `agent:*`
    #[arg(long, value_name = "ACTOR")]
    actor: Option<Pattern>,

    /// With this outcome: done, refused or failed
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<audit_log::Outcome>,

    /// Not before this time (UTC), such as 2026-11-21 or 2026-11-21T09:30:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,

    /// Before this time (UTC)
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
}

fn action(text: &str) -> Result<Pattern, PatternError> {
    Pattern::of_actions(text)
}

impl Select {
    fn filter(&self) -> Filter {
        Filter {
            plugin: self.plugin.clone(),
            action: self.action.clone(),
            actor: self.actor.clone(),
            outcome: self.outcome,
            since: self.since,
            until: self.until,
        }
    }

    /// Hands over the wanted records, oldest first, and warns of what cannot be read.
    pub(super) fn each(
        &self,
        context: &Context,
        place: &Place,
        mut take: impl FnMut(&Record) -> Outcome<()>,
    ) -> Outcome<()> {
        let filter = self.filter();
        let mut records = audit_log::records(&place.folder).cannot("read the audit log")?;
        for record in records.by_ref() {
            let record = record.cannot("read the audit log")?;
            if filter.takes(&record) {
                take(&record)?;
            }
        }
        if records.unreadable() > 0 {
            let count = records.unreadable();
            context
                .printer
                .warning(format_args!("{count} lines of the log are no records; `wa audit verify`"));
        }
        Ok(())
    }

    /// The last `count` of the wanted records, or all.
    pub(super) fn last(
        &self,
        context: &Context,
        place: &Place,
        count: Option<usize>,
    ) -> Outcome<Vec<Record>> {
        let mut last = VecDeque::new();
        self.each(context, place, |record| {
            last.push_back(record.clone());
            if count.is_some_and(|count| last.len() > count) {
                last.pop_front();
            }
            Ok(())
        })?;
        Ok(last.into())
    }
}
