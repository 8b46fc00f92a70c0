//! A Store with planted faults.

use async_trait::async_trait;
#[cfg_attr(
    not(test),
    expect(
        clippy::wildcard_imports,
        reason = "all that the Store's functions name, and nothing else"
    )
)]
use domain::ports::functions::*;
use domain::{Kind, Result, each_book};

use super::Faulty;

/// Each function is one call of the inner Store, under one fate.
macro_rules! with_faults {
    ($port:ident { $(fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $told:ty;)+ }) => {
        #[async_trait]
        impl<S: $port> $port for Faulty<S> {
            $(
                async fn $name(&self, $($arg: $type),*) -> Result<$told> {
                    let call = self.inner.$name($($arg),*);
                    self.call(stringify!($name), Kind::Storage, call).await
                }
            )+
        }
    };
}

each_book!(with_faults);
