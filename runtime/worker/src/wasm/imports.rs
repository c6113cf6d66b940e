//! The host's side of the world `wa:plugin`.
#![expect(unsafe_code, reason = "random bytes have no safe interface in the standard library")]

use std::time::{SystemTime, UNIX_EPOCH};

use runtime_protocol::{ErrorCode, Failure, HostMethod};
use wasmtime::component::{ComponentType, Lift, Linker, Lower};
use wasmtime::{Engine, StoreContextMut};

use super::guest::Guest;
use crate::logged::level;

/// The package of the world, with its version.
const VERSION: &str = "1.0.0";

/// Random bytes that are given at a time.
const MAX_RANDOM: u32 = 4096;

/// Bytes that `getentropy` gives at once.
const AT_ONCE: usize = 256;

/// A failure as both sides of the world know it.
#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct WorldFailure {
    pub(super) code: String,
    pub(super) message: String,
}

impl From<Failure> for WorldFailure {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code.as_str().to_owned(), message: failure.message }
    }
}

impl From<WorldFailure> for Failure {
    fn from(failure: WorldFailure) -> Self {
        let mut thrown = Self::new(ErrorCode::Threw, failure.message);
        thrown.thrown = Some(failure.code);
        thrown
    }
}

/// What a component may import: everything there is. Which of it the plugin has leave to use, the host decides call by call.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    linker.instance(&interface("types"))?;
    linker.instance(&interface("log"))?.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, Guest>, (word, message, fields): (String, String, String)| {
            store.data_mut().log(level(&word), message, fields);
            Ok(())
        },
    )?;
    linker.instance(&interface("config"))?.func_wrap("get", |store: StoreContextMut<'_, Guest>, ()| {
        Ok((store.data().shared.config.to_string(),))
    })?;
    linker.instance(&interface("clock"))?.func_wrap("now", |store: StoreContextMut<'_, Guest>, ()| {
        Ok((store.data().now.unwrap_or_else(now),))
    })?;
    linker
        .instance(&interface("random"))?
        .func_wrap("bytes", |_: StoreContextMut<'_, Guest>, (count,): (u32,)| Ok((random(count)?,)))?;
    for method in HostMethod::ALL.iter().copied() {
        let (name, function) = method.in_world();
        linker.instance(&interface(name))?.func_wrap_async(
            function,
            move |mut store: StoreContextMut<'_, Guest>, (params,): (String,)| {
                let guest = store.data();
                let asked = guest.shared.answers.ask(guest.call, method, params);
                Box::new(async move {
                    let outcome = match asked {
                        Ok(answer) => answer.await,
                        Err(failure) => Err(failure),
                    };
                    store.data_mut().resume();
                    Ok(
                        (outcome
                            .map(|json| String::from(Box::<str>::from(json)))
                            .map_err(WorldFailure::from),),
                    )
                })
            },
        )?;
    }
    Ok(linker)
}

fn interface(name: &str) -> String {
    format!("wa:plugin/{name}@{VERSION}")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn random(count: u32) -> wasmtime::Result<Vec<u8>> {
    if count > MAX_RANDOM {
        wasmtime::bail!("more than {MAX_RANDOM} random bytes at a time");
    }
    let mut bytes = vec![0; count as usize];
    for some in bytes.chunks_mut(AT_ONCE) {
        // SAFETY: the buffer lives through the call and is as long as it says.
        if unsafe { libc::getentropy(some.as_mut_ptr().cast(), some.len()) } != 0 {
            wasmtime::bail!("the system gave no random bytes");
        }
    }
    Ok(bytes)
}
