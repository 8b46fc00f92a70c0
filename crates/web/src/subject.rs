//! What a BACKUP or LOG page is about: which Backup, by whose Connection, and
//! whether the Viewer may change it. The choice is pure; only [`of`] asks the
//! store.

use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId, Connection, Scope};
use domain::ledger::DestinationId;
use domain::session::SignedIn;

use crate::error::PageError;
use crate::state::State;
use crate::texts::backup as say;
use crate::viewer::{View, connection_id};

/// The Backup of a page.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Whose data.
    pub(crate) view: View,
    /// The Viewer's own Connection, if both its grants are there.
    pub(crate) own: Option<Connection>,
    /// The Backup, if there ever was one.
    pub(crate) backup: Option<Backup>,
    /// The Connection that the Backup uses.
    pub(crate) used: Option<Connection>,
    /// The Viewer's other Backups of this view: to other destinations.
    pub(crate) others: Vec<Backup>,
}

impl Subject {
    /// Whether another admin's Connection runs it at present. What `archiver
    /// backup` made is nobody's.
    pub(crate) fn is_anothers(&self, who: &SignedIn) -> bool {
        let another = |used: &Connection| !used.headless && used.id != connection_id(who);
        self.view == View::Account
            && self.backup.as_ref().is_some_and(|it| it.enabled)
            && self.used.as_ref().is_some_and(another)
    }

    /// The Backups of this view, the present one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Backup> {
        self.backup.iter().chain(&self.others)
    }

    /// The Backup that the Viewer's own Connection has or would have: what
    /// the switch turns ON.
    pub(crate) fn to_turn(&self, who: &SignedIn) -> Option<Backup> {
        let own = self.own.as_ref()?;
        let known = self.all().find(|it| {
            it.destination == own.destination && it.id == id(who, self.view, &own.destination)
        });
        let mut backup = known.cloned().unwrap_or_else(|| fresh(who, self.view, own));
        // The same destination, reached by another admin until now.
        backup.connection = own.id.clone();
        Some(backup)
    }
}

/// A Backup as it is before it was ever turned ON.
fn fresh(who: &SignedIn, view: View, own: &Connection) -> Backup {
    let scope = match view {
        View::Extension => Scope::Extension(who.extension.clone()),
        View::Account => Scope::Account,
    };
    Backup {
        id: id(who, view, &own.destination),
        account: who.account.clone(),
        connection: own.id.clone(),
        destination: own.destination.clone(),
        types: domain::switch::usual_types(&scope),
        scope,
        enabled: false,
    }
}

/// A Backup is known by whose data goes where: another Dropbox is another
/// Backup, with a log of its own.
fn id(who: &SignedIn, view: View, to: &DestinationId) -> BackupId {
    BackupId::new(match view {
        View::Extension => format!("{}/{}/own/{to}", who.account, who.extension),
        View::Account => format!("{}/account/{to}", who.account),
    })
}

/// What a page of this view is about. The account view is refused to who is
/// no admin.
pub(crate) async fn of(state: &State, who: &SignedIn, view: View) -> Result<Subject, PageError> {
    if view == View::Account && !who.admin {
        return Err(PageError::forbidden(say::ADMINS_ONLY));
    }
    let backups = state.store.backups(&who.account).await?;
    let connections = state.store.connections(&who.account).await?;
    Ok(choose(who, view, backups, &connections))
}

/// The one that is ON; else the one of the Viewer's present Connection; else
/// any that is kept, so that its log stays in sight. Those that `archiver
/// backup` made come last: the switch does not touch them.
fn choose(who: &SignedIn, view: View, backups: Vec<Backup>, connections: &[Connection]) -> Subject {
    let behind = |backup: &Backup| connections.iter().find(|it| it.id == backup.connection);
    let own = connections
        .iter()
        .find(|it| it.id == connection_id(who) && it.connected && !it.headless)
        .cloned();
    let mut mine: Vec<Backup> = backups
        .into_iter()
        .filter(|it| it.account == who.account && is_about(it, who, view))
        .collect();
    mine.sort_by_key(|it| {
        let headless = behind(it).is_none_or(|it| it.headless);
        let here = own
            .as_ref()
            .is_some_and(|own| own.destination == it.destination);
        (headless, !it.enabled, !here, it.id.clone())
    });
    let mut mine = mine.into_iter();
    // Not connected to the destination of any of them: none is the present
    // one, but for the account's, which every admin sees.
    let backup = mine.next();
    let used = backup.as_ref().and_then(behind).cloned();
    Subject {
        view,
        own,
        used,
        backup,
        others: mine.collect(),
    }
}

/// The account Backup that stays ON where two admins turned ON theirs at the
/// same moment: the one whose id comes first. Both see both when they ask.
pub(crate) fn stays_on<'a>(
    backups: &'a [Backup],
    connections: &[Connection],
) -> Option<&'a BackupId> {
    let headless = |backup: &Backup| {
        let used = connections.iter().find(|it| it.id == backup.connection);
        used.is_none_or(|it| it.headless)
    };
    let on = backups
        .iter()
        .filter(|it| it.enabled && it.scope == Scope::Account && !headless(it));
    on.map(|it| &it.id).min()
}

fn is_about(backup: &Backup, who: &SignedIn, view: View) -> bool {
    match (&backup.scope, view) {
        (Scope::Account, View::Account) => who.admin,
        (Scope::Extension(id), View::Extension) => *id == who.extension,
        _ => false,
    }
}

/// Where archives go, as people know it.
pub(crate) async fn label(
    state: &State,
    account: &AccountId,
    destination: &DestinationId,
) -> Result<String> {
    let record = state.store.destination(account, destination).await?;
    Ok(record.map_or_else(|| destination.to_string(), |it| it.label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::ExtensionId;
    use domain::connection::ConnectionId;
    use testkit::builders::{account_id, backup, connection, destination};

    fn admin(extension: &str) -> SignedIn {
        SignedIn {
            account: account_id("1"),
            company: "Company 1".to_owned(),
            extension: ExtensionId::new(extension),
            number: None,
            name: "Ada".to_owned(),
            admin: true,
            time_zone: None,
            checked_ms: 0,
        }
    }

    /// An account Backup that is ON, by the Connection of this extension.
    fn on(extension: &str, headless: bool) -> (Backup, Connection) {
        let connection = Connection {
            id: ConnectionId::new(format!("1/{extension}")),
            viewer: ExtensionId::new(extension),
            headless,
            ..connection("c", &destination(extension, &account_id("1")))
        };
        let id = format!("1/account/{extension}");
        (backup(&id, &connection), connection)
    }

    #[test]
    fn what_the_command_line_made_is_nobodys_and_stands_back() {
        let (made, by_hand) = on("000", true);
        let subject = choose(
            &admin("101"),
            View::Account,
            vec![made.clone()],
            std::slice::from_ref(&by_hand),
        );
        assert_eq!(subject.backup.as_ref(), Some(&made), "its log is seen");
        assert!(!subject.is_anothers(&admin("101")));
        let (theirs, connection) = on("102", false);
        let connections = [by_hand, connection];
        let both = vec![made, theirs.clone()];
        assert_eq!(stays_on(&both, &connections), Some(&theirs.id));
        let subject = choose(&admin("101"), View::Account, both, &connections);
        assert_eq!(subject.backup, Some(theirs));
        assert!(subject.is_anothers(&admin("101")));
        assert!(!subject.is_anothers(&admin("102")));
    }

    #[test]
    fn of_two_that_were_turned_on_at_once_the_same_one_stays_for_both() {
        let (first, one) = on("101", false);
        let (second, other) = on("102", false);
        let connections = [one, other];
        for both in [[first.clone(), second.clone()], [second, first.clone()]] {
            assert_eq!(stays_on(&both, &connections), Some(&first.id));
        }
        assert_eq!(stays_on(&[], &connections), None);
    }

    #[test]
    fn a_user_finds_no_account_backup() {
        let (theirs, connection) = on("102", false);
        let user = SignedIn {
            admin: false,
            ..admin("101")
        };
        let subject = choose(&user, View::Account, vec![theirs], &[connection]);
        assert!(subject.backup.is_none() && subject.others.is_empty());
    }
}
