//! The memory with fail-points: each function of the Store port has its name.

use async_trait::async_trait;
#[cfg_attr(
    not(test),
    expect(
        clippy::wildcard_imports,
        reason = "all that the Store's functions name, and nothing else"
    )
)]
use domain::ports::functions::*;
use domain::{Result, each_book};

use super::{Watched, around};

/// The names of all of them.
pub(super) fn names() -> Vec<&'static str> {
    let mut names = Vec::new();
    macro_rules! named {
        ($port:ident { $(fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $told:ty;)+ }) => {
            names.extend([$(concat!("store.", stringify!($name))),+]);
        };
    }
    each_book!(named);
    names
}

/// Each function is the inner Store's, between two fail-points of its name.
macro_rules! with_fail_points {
    ($port:ident { $(fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $told:ty;)+ }) => {
        #[async_trait]
        impl<T: $port + ?Sized> $port for Watched<T> {
            $(
                async fn $name(&self, $($arg: $type),*) -> Result<$told> {
                    let name = concat!("store.", stringify!($name));
                    around(name, self.0.$name($($arg),*)).await
                }
            )+
        }
    };
}

each_book!(with_fail_points);
