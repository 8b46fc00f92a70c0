//! The flow against doubles that obey the ports' laws, in paused time.

mod hour;
mod rig;
mod stop_anywhere;
mod trouble;
