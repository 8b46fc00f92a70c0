//! An address that can be switched: what connects here is led to one of two
//! `PostgreSQL` servers, as a virtual address or a proxy would.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// The address.
pub(crate) struct Forward {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    to: u16,
    open: Vec<TcpStream>,
}

impl Forward {
    /// Leads to this port of this machine.
    pub(crate) fn to(port: u16) -> Result<Forward> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let forward = Forward {
            port: listener.local_addr()?.port(),
            state: Arc::new(Mutex::new(State {
                to: port,
                open: Vec::new(),
            })),
        };
        let state = Arc::clone(&forward.state);
        thread::spawn(move || {
            for came in listener.incoming().flatten() {
                // Nobody there: the connection is closed, as it would be.
                let _ = lead(came, &state);
            }
        });
        Ok(forward)
    }

    /// Leads there from now on; what was open is cut.
    pub(crate) fn switch(&self, port: u16) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.to = port;
        for line in state.open.drain(..) {
            let _ = line.shutdown(Shutdown::Both);
        }
    }
}

fn lead(came: TcpStream, state: &Arc<Mutex<State>>) -> Result<()> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let there = TcpStream::connect(("127.0.0.1", state.to))?;
    for line in [&came, &there] {
        line.set_nodelay(true)?;
        state.open.push(line.try_clone()?);
    }
    let (from, to) = (came.try_clone()?, there.try_clone()?);
    thread::spawn(move || carry(from, to));
    thread::spawn(move || carry(there, came));
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
