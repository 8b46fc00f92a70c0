//! Text that people and providers should not send, but may.

use domain::account::{Account, Extension};
use domain::data_type::DataType;
use domain::event::Event;
use domain::ports::{Connections, Journal, Ledger};
use testkit::builders::{T0, account, event, extension, extension_id, recording};

use crate::home::on_both;
use crate::ledger::{always, company, note};

const CALLS: DataType = DataType::CallRecording;

#[tokio::test]
async fn a_nul_in_a_name_or_id_stops_nothing() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let named = Account {
            name: "a\0b".to_owned(),
            ..account("1")
        };
        store.keep_account(&named, T0).await.unwrap();
        assert_eq!(store.accounts().await.unwrap()[0].name, "a\u{fffd}b");

        let person = Extension {
            name: Some("\0 \\u0000 \u{7f}".to_owned()),
            ..extension("101")
        };
        store
            .keep_extensions(&backup.account, &[person], T0)
            .await
            .unwrap();
        let people = store.extensions(&backup.account).await.unwrap();
        assert_eq!(people[0].name.as_deref(), Some("\u{fffd} \\u0000 \u{7f}"));

        let whose = extension_id("101");
        let (place, proposed) = (&backup.destination, "101 a\0b");
        let folder = store
            .folder(&backup.account, place, Some(&whose), proposed)
            .await;
        assert_eq!(folder.unwrap(), "101 a\u{fffd}b");

        let what = Event {
            what: "a\0b".to_owned(),
            ..event("", T0)
        };
        store
            .write(&backup.account, &backup.id, &[what])
            .await
            .unwrap();
        let events = store
            .events(&backup.account, &backup.id, always(), 9)
            .await
            .unwrap();
        assert_eq!(events[0].what, "a\u{fffd}b");

        let items = [recording("1\0", T0), recording("2", T0)];
        assert_eq!(note(&store, &backup, &items, T0).await, 2);
        assert_eq!(note(&store, &backup, &items, T0).await, 0);
        let due = store
            .due(&backup.account, &backup, CALLS, always(), T0, 9)
            .await
            .unwrap();
        assert_eq!(due.len(), 2);
    })
    .await;
}
