//! What the forms of BACKUP do. Each answers with the page again, which tells
//! what was done.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::Backup;
use domain::data_type::{DataType, DataTypes};
use domain::ports::{Change, Changed};
use domain::switch;
use domain::timetable::Timetable;
use domain::{Error, Kind};

use crate::error::PageError;
use crate::form::Fields;
use crate::pages::backup::{Typed, page, permitted};
use crate::state::State;
use crate::subject::{self, Subject};
use crate::target;
use crate::telling::Telling;
use crate::texts::backup as say;
use crate::viewer::{View, Viewer};

/// So often a Timetable is looked at again that a Run changed meanwhile: it
/// does so a few times a minute.
const CHANGES: usize = 16;

/// Tells it on BACKUP.
pub(super) async fn tell(
    state: &State,
    viewer: &Viewer,
    view: View,
    bad: bool,
    text: &str,
) -> Result<Response, PageError> {
    viewer.visitor.tell(state, bad, text).await?;
    Ok(Redirect::to(&format!("/backup?view={}", view.word())).into_response())
}

/// The view a form is about, with what it may change: `None` with the reason
/// told.
async fn changeable(
    state: &State,
    viewer: &Viewer,
    fields: &Fields,
) -> Result<(Subject, Result<Backup, &'static str>), PageError> {
    let view = View::from_word(fields.get("view"))?;
    let subject = subject::of(state, &viewer.who, view).await?;
    let backup = if subject.is_anothers(&viewer.who) {
        Err(say::NOT_YOURS)
    } else {
        subject.to_turn(&viewer.who).ok_or(say::NOT_CONNECTED)
    };
    Ok((subject, backup))
}

/// Enable backup: ON or OFF.
pub(crate) async fn switch(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let (subject, backup) = changeable(&state, &viewer, &fields).await?;
    let backup = match backup {
        Ok(backup) => backup,
        Err(why) => return tell(&state, &viewer, subject.view, true, why).await,
    };
    let telling = &viewer.visitor.telling;
    let said = if fields.get("enabled") == Some("on") {
        telling.about(target::switched(&backup.id, true));
        turn_on(&state, telling, &backup, fields.has("history")).await?;
        if subject.view == View::Account && !stays(&state, telling, &backup).await? {
            return tell(&state, &viewer, subject.view, true, say::NOT_YOURS).await;
        }
        say::TURNED_ON
    } else {
        telling.about(target::switched(&backup.id, false));
        let off = switch::off(&backup);
        telling.change(&state, Change::Backup(&off)).await?;
        say::TURNED_OFF
    };
    tell(&state, &viewer, subject.view, false, said).await
}

/// Turns a Backup ON. Its Timetable is kept first: a worker must not find it
/// ON with the clock of an earlier time.
pub(super) async fn turn_on(
    state: &State,
    telling: &Telling,
    backup: &Backup,
    history: bool,
) -> domain::Result<()> {
    let now_ms = state.now_ms();
    let was = state.store.timetable(&backup.account, &backup.id).await?;
    // A pause of an earlier ON is over.
    lift_rest(state, telling, backup).await?;
    let (on, _) = switch::on(backup, &was, history, now_ms);
    if was.since_ms.is_none() {
        // A new one: what its Timetable belongs to must be there.
        state.store.keep_backup(&switch::off(&on), now_ms).await?;
    }
    change(state, None, backup, |was| {
        switch::on(backup, was, history, now_ms).1
    })
    .await?;
    telling.change(state, Change::Backup(&on)).await?;
    Ok(())
}

/// Changes a Timetable, which a Run may change at the same moment: then that
/// is looked at again. Whether it is another one now.
async fn change(
    state: &State,
    telling: Option<&Telling>,
    backup: &Backup,
    by: impl Fn(&Timetable) -> Timetable,
) -> domain::Result<bool> {
    let (account, id) = (&backup.account, &backup.id);
    for _ in 0..CHANGES {
        let was = state.store.timetable(account, id).await?;
        let timetable = by(&was);
        if timetable == was {
            return Ok(false);
        }
        let changed = match telling {
            None => {
                let changed = state.store.change_timetable(account, id, &was, &timetable);
                changed.await?
            }
            Some(telling) => {
                let change = Change::Timetable {
                    backup: id,
                    was: &was,
                    timetable: &timetable,
                };
                telling.change(state, change).await? == Changed::Whether(true)
            }
        };
        if changed {
            return Ok(true);
        }
    }
    Err(Error::new(
        Kind::Storage,
        "the backup's clock is being changed all the time",
    )
    .remedy("Try again in a moment."))
}

/// Whether an account's Backup that was just turned ON stays so; else it is
/// turned OFF again.
async fn stays(state: &State, telling: &Telling, backup: &Backup) -> domain::Result<bool> {
    let all = state.store.backups(&backup.account).await?;
    let connections = state.store.connections(&backup.account).await?;
    if subject::stays_on(&all, &connections).is_none_or(|it| *it == backup.id) {
        return Ok(true);
    }
    let off = all.iter().find(|it| it.id == backup.id).map(switch::off);
    if let Some(off) = off {
        let yields = Change::Backup(&off);
        telling.also(state, "backup.yield", yields).await?;
    }
    Ok(false)
}

/// Only a Backup that is ON has types to select.
fn on(backup: Result<Backup, &'static str>) -> Result<Backup, &'static str> {
    backup.and_then(|it| if it.enabled { Ok(it) } else { Err(say::IS_OFF) })
}

/// Which types.
pub(crate) async fn types(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let (subject, backup) = changeable(&state, &viewer, &fields).await?;
    let view = subject.view;
    let backup = match on(backup) {
        Ok(backup) => backup,
        Err(why) => return tell(&state, &viewer, view, true, why).await,
    };
    let ticked: Option<DataTypes> = fields.all("type").map(DataType::from_word).collect();
    let wrong = |types: DataTypes, wrong| {
        let typed = Typed { types, wrong };
        page(&state, &viewer, view, Some(typed))
    };
    let Some(ticked) = ticked else {
        return wrong(backup.types, say::UNKNOWN_TYPE).await;
    };
    if ticked.is_empty() {
        return wrong(ticked, say::NO_TYPE).await;
    }
    if view == View::Account && !permits(&state, &subject, &backup, &ticked).await {
        return wrong(ticked, say::NOT_PERMITTED).await;
    }
    // RingCentral may have taken its time: what was turned OFF, disconnected
    // or taken over meanwhile stays so.
    let backup = match on(changeable(&state, &viewer, &fields).await?.1) {
        Ok(backup) => backup,
        Err(why) => return tell(&state, &viewer, view, true, why).await,
    };
    let now_ms = state.now_ms();
    let typed = |was: &Timetable| switch::types(&backup, was, ticked.clone(), now_ms);
    let (changed, _) = typed(&Timetable::default());
    let telling = &viewer.visitor.telling;
    telling.about(target::types(&backup, &ticked));
    telling.change(&state, Change::Backup(&changed)).await?;
    if change(&state, None, &backup, |was| typed(was).1).await? {
        state.store.hurry(&changed.account, &changed.id).await?;
    }
    tell(&state, &viewer, view, false, say::SAVED).await
}

/// Whether every newly ticked type is permitted, as far as that is known.
async fn permits(state: &State, subject: &Subject, backup: &Backup, ticked: &DataTypes) -> bool {
    let Some(own) = &subject.own else {
        return false;
    };
    let mut more = ticked.difference(&backup.types).peekable();
    if more.peek().is_none() {
        return true;
    }
    let permitted = permitted::of_account(state, own).await;
    more.all(|&it| permitted.refused(it).is_none())
}

/// The past: taken up or left.
pub(crate) async fn past(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let (subject, backup) = changeable(&state, &viewer, &fields).await?;
    let backup = match backup {
        Ok(backup) if backup.enabled => backup,
        Ok(_) => return tell(&state, &viewer, subject.view, true, say::NOTHING_TO_RUN).await,
        Err(why) => return tell(&state, &viewer, subject.view, true, why).await,
    };
    let wanted = fields.get("wanted") == Some("yes");
    let now_ms = state.now_ms();
    let telling = &viewer.visitor.telling;
    telling.about(target::switched(&backup.id, wanted));
    let past = |was: &Timetable| switch::past(was, wanted, now_ms);
    change(&state, Some(telling), &backup, past).await?;
    let said = if wanted {
        lift_rest(&state, telling, &backup).await?;
        state.store.hurry(&backup.account, &backup.id).await?;
        say::PAST_TAKEN
    } else {
        say::PAST_LEFT
    };
    tell(&state, &viewer, subject.view, false, said).await
}

/// PAUSE and RESUME of history: the newest hours go on.
pub(crate) async fn history(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let (subject, backup) = changeable(&state, &viewer, &fields).await?;
    let backup = match on(backup) {
        Ok(backup) => backup,
        Err(why) => return tell(&state, &viewer, subject.view, true, why).await,
    };
    let rests = fields.get("rests") == Some("yes");
    let_rest(&state, &viewer.visitor.telling, &backup, rests).await?;
    let said = if rests {
        say::PAUSED
    } else {
        state.store.hurry(&backup.account, &backup.id).await?;
        say::RESUMED
    };
    tell(&state, &viewer, subject.view, false, said).await
}

/// Lets the history of a Backup rest from now on, or go on. One that rests
/// already does so since it did.
pub(crate) async fn let_rest(
    state: &State,
    telling: &Telling,
    backup: &Backup,
    rests: bool,
) -> domain::Result<()> {
    let id = &backup.id;
    telling.about(target::switched(id, !rests));
    let before = state.store.history_rests(&backup.account, id).await?;
    if before.is_some() == rests {
        return Ok(());
    }
    let rest = Change::Rest {
        backup: id,
        since_ms: rests.then(|| state.now_ms()),
    };
    telling.change(state, rest).await.map(drop)
}

/// History that rests goes on because of something else that was asked for.
async fn lift_rest(state: &State, telling: &Telling, backup: &Backup) -> domain::Result<()> {
    let id = &backup.id;
    let rests = state.store.history_rests(&backup.account, id).await?;
    if rests.is_some() {
        let rest = Change::Rest {
            backup: id,
            since_ms: None,
        };
        telling.also(state, "backup.history", rest).await?;
    }
    Ok(())
}

/// Back up now. Any admin may hurry the account's.
pub(crate) async fn now(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let view = View::from_word(fields.get("view"))?;
    let subject = subject::of(&state, &viewer.who, view).await?;
    let Some(backup) = subject.backup.filter(|it| it.enabled) else {
        return tell(&state, &viewer, view, true, say::NOTHING_TO_RUN).await;
    };
    let telling = &viewer.visitor.telling;
    telling.about(backup.id.as_str());
    telling.change(&state, Change::Hurry(&backup.id)).await?;
    tell(&state, &viewer, view, false, say::HURRIED).await
}
