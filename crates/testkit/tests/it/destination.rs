//! The Destination in memory.

use testkit::{laws, memory};

#[tokio::test]
async fn the_destination_in_memory_obeys_the_laws() {
    laws::destination::all(async || memory::Destination::new()).await;
}
