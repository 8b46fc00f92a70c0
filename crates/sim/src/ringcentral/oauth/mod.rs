//! Sign-in: the consent page, the three grants, rotation and revocation.

pub(crate) mod authorize;
pub(crate) mod jwt;
mod sessions;
pub(crate) mod token;

pub(crate) use sessions::Sessions;
