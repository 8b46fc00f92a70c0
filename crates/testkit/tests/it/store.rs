//! The Store in memory.

use testkit::{ManualClock, laws, memory};

#[tokio::test]
async fn the_store_in_memory_obeys_the_laws() {
    laws::store::all(async || memory::Store::new(ManualClock::of_the_machine())).await;
}
