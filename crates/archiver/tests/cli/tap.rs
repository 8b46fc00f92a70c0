//! A tap between the binary and a provider: hands every byte on, both ways, and
//! keeps what it heard.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What was said over it, by both sides.
#[derive(Clone)]
pub(crate) struct Tap {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Before a provider at `http://127.0.0.1:PORT`.
    pub(crate) fn before(url: &str) -> Tap {
        let to = url.trim_end_matches('/').rsplit('/').next().unwrap();
        let to = to.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let keep = Arc::clone(&heard);
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                let Ok(far) = TcpStream::connect(&to) else {
                    continue;
                };
                let ends = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (one, other) = (Arc::clone(&keep), Arc::clone(&keep));
                thread::spawn(move || hand_on(near, far, &one));
                thread::spawn(move || hand_on(ends.1, ends.0, &other));
            }
        });
        Tap { url, heard }
    }

    /// Every value that stood between these words and the next of `end`.
    pub(crate) fn values(&self, before: &str, end: &[char]) -> BTreeSet<String> {
        let heard = self.heard.lock().unwrap();
        let heard = String::from_utf8_lossy(&heard);
        let after = heard.split(before).skip(1);
        after
            .filter_map(|rest| Some(rest[..rest.find(end)?].to_owned()))
            .collect()
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, keep: &Mutex<Vec<u8>>) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut piece).unwrap_or(0);
        if read == 0 || to.write_all(&piece[..read]).is_err() {
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
        keep.lock().unwrap().extend(&piece[..read]);
    }
}
