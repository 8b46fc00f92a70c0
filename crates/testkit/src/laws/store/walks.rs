//! Laws of `Walks`.

use domain::data_type::DataType;
use domain::ports::{Became, Store, Walked};

use super::stage::Stage;
use crate::builders::hours;

fn line(lane: &str, from: i64, became: Became) -> Walked {
    Walked {
        lane: lane.to_owned(),
        window: hours(from, from + 9),
        types: [DataType::Sms, DataType::Fax].into(),
        became,
    }
}

/// A lane has one line, the newest; each Backup has its own lines.
pub async fn a_line_comes_back_as_it_was_kept<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let read = async |stage: &Stage<'_, S>| {
        let read = store.walked(&stage.account, &stage.backup.id).await;
        read.unwrap()
    };
    let keep = async |stage: &Stage<'_, S>, lines: &[Walked]| {
        let kept = store.keep_walked(&stage.account, &stage.backup.id, lines);
        kept.await.unwrap();
    };
    keep(&stage, &[]).await;
    assert_eq!(read(&stage).await, []);
    let (calls, box_1) = (
        line("calls", 0, Became::Listed),
        line("messages/1", 0, Became::Gap),
    );
    keep(&stage, &[box_1.clone(), calls.clone()]).await;
    keep(&second, &[line("calls", 5, Became::Forbidden)]).await;
    assert_eq!(read(&stage).await, [calls.clone(), box_1]);
    let later = line("messages/1", 9, Became::Listed);
    keep(&stage, std::slice::from_ref(&later)).await;
    assert_eq!(read(&stage).await, [calls, later]);
    let forgotten = store.forget_walked(&stage.account, &stage.backup.id);
    forgotten.await.unwrap();
    assert_eq!(read(&stage).await, []);
    assert_eq!(read(&second).await, [line("calls", 5, Became::Forbidden)]);
}
