//! The Store in memory.

use testkit::builders::T0;
use testkit::{ManualClock, laws, memory};

#[tokio::test]
async fn the_store_in_memory_obeys_the_laws() {
    laws::store::all(async || memory::Store::new(ManualClock::at(T0))).await;
}
