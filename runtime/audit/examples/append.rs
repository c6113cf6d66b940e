//! How many records a second a log takes: `cargo run --release -p audit-log --example append [RECORDS]`.

use audit_log::{Action, Actor, AuditLog, Detail, Durability, Entry, Event, Limits, LogError, Moment, Place};
use std::{error::Error, io::Write as _, time::Instant, time::SystemTime};

fn main() -> Result<(), Box<dyn Error>> {
    let records = std::env::args().nth(1).map_or(Ok(20_000), |text| text.parse())?;
    for (name, durability, batch, records) in [
        ("written, one by one", Durability::Written, 1, records),
        ("written, 64 at a time", Durability::Written, 64, records),
        ("on disk, one by one", Durability::Synced, 1, records / 100),
        ("on disk, 64 at a time", Durability::Synced, 64, records / 10),
    ] {
        let directory = tempfile::tempdir()?;
        let place = Place { folder: directory.path().join("audit"), keys: directory.path().join("keys") };
        let took = fill(place, durability, batch, records)?;
        let rate = f64::from(records) / took;
        writeln!(std::io::stdout(), "{name}: {rate:.0} a second")?;
    }
    Ok(())
}

/// The seconds that it takes to add so many records.
fn fill(place: Place, durability: Durability, batch: u32, records: u32) -> Result<f64, LogError> {
    let mut log = AuditLog::open(place, Limits::default(), SystemTime::now().into())?;
    let entry = |number: u32| {
        let event = Event::done(Actor::Agent("ana".to_owned()), Action::MessageSend)
            .about(format_args!("out_{number:024x}"))
            .with(Detail::Channel, "console")
            .with(Detail::Instance, "default")
            .with(Detail::Kind, "text")
            .with(Detail::Origin, "agent");
        Entry { at: Moment::from(SystemTime::now()), event }
    };
    let begun = Instant::now();
    for first in (0..records).step_by(batch as usize) {
        let entries: Vec<Entry> = (first..first + batch).map(entry).collect();
        log.append(&entries, durability)?;
    }
    Ok(begun.elapsed().as_secs_f64())
}
