//! A worker that compiles one component and ends.

use super::spawner::{Spawned, Spawner};
use runtime_protocol::{Enforcement, MAX_COMPONENT};
use std::{
    io::{self, Read as _, Write as _},
    sync::Arc,
    time::Duration,
};

/// The longest that the compiler may be silent while it works.
const PATIENCE: Duration = Duration::from_secs(120);

/// Compiled code is a few times as large as the component.
const MAX_COMPILED: u64 = 8 * MAX_COMPONENT as u64;

/// Compiles a component in a locked-down process. Its bytes, and what is wrong with them, are foreign.
pub(crate) async fn compile(
    spawner: &Spawner,
    component: Arc<[u8]>,
    enforcement: Enforcement,
) -> Result<Vec<u8>, String> {
    let spawned = spawner.spawn(vec!["compile".into(), enforcement.as_str().into()]).await;
    let mut spawned = spawned.map_err(|error| format!("the compiler could not be started: {error}"))?;
    let compiled = tokio::task::spawn_blocking(move || {
        let answer = exchange(&mut spawned, &component);
        let _ = spawned.child.kill();
        let _ = spawned.child.wait();
        answer
    });
    match compiled.await {
        Ok(Ok((0, code))) => Ok(code),
        Ok(Ok((_, why))) => {
            Err(format!("its component cannot be compiled: {}", String::from_utf8_lossy(&why)))
        }
        Ok(Err(error)) => {
            Err(format!("its component cannot be compiled: the compiler ended early ({error})"))
        }
        Err(_) => Err("its component cannot be compiled".to_owned()),
    }
}

fn exchange(spawned: &mut Spawned, component: &[u8]) -> io::Result<(u8, Vec<u8>)> {
    let socket = &mut spawned.socket;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let length = u32::try_from(component.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    socket.write_all(&length.to_le_bytes())?;
    socket.write_all(component)?;
    let mut status = [0];
    socket.read_exact(&mut status)?;
    let mut body = Vec::new();
    socket.take(MAX_COMPILED).read_to_end(&mut body)?;
    Ok((status[0], body))
}
