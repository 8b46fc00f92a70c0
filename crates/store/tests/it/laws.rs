//! The laws of the port, on each kind of database.

use std::cell::RefCell;

use crate::home::Home;

#[tokio::test]
async fn the_laws_hold_on_sqlite() {
    let homes = RefCell::new(Vec::new());
    testkit::laws::store::all(async || {
        let home = Home::sqlite();
        let database = home.open().await;
        homes.borrow_mut().push(home);
        database
    })
    .await;
}

#[tokio::test]
async fn the_laws_hold_on_postgresql() {
    let homes = RefCell::new(Vec::new());
    let Some(first) = Home::postgres().await else {
        return;
    };
    first.leave().await;
    testkit::laws::store::all(async || {
        let home = Home::postgres().await.unwrap();
        let database = home.open().await;
        homes.borrow_mut().push(home);
        database
    })
    .await;
    for home in homes.into_inner() {
        home.leave().await;
    }
}
