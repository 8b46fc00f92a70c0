//! What may be read: first by the scopes of the app, then by the permissions
//! of the user, and where only trying tells, by trying.

use domain::account::ExtensionId;
use domain::data_type::DataType;
use domain::error::{Error, Kind, Result};
use domain::ports::Permission;
use domain::window::{HOUR_MS, instant};
use outbound::Request;

use crate::addresses::PLATFORM;
use crate::app::Pace;
use crate::export::PERMISSION;
use crate::listing::is_closed;
use crate::people::People;
use crate::profile::{Profile, Reach};

const MESSAGES: &str = "ReadMessages";
/// Includes `ReadCallLog` (RingCentral developer guide, permissions).
const RECORDINGS: &str = "ReadCallRecording";

/// Who asks, and with which scopes of the app.
pub(crate) struct Permissions<'a> {
    pub(crate) people: People<'a>,
    /// App permissions, as the token endpoint named them.
    pub(crate) scopes: &'a [String],
    /// The signed-in user's own extension.
    pub(crate) own: &'a str,
}

impl Permissions<'_> {
    /// One answer per data type.
    pub(crate) async fn of(&self, extension: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        let profile = self.people.profile().await?;
        let calls = self.scoped(RECORDINGS).and_then(|()| match extension {
            Some(id) if id.as_str() == self.own => own_calls(&profile),
            _ => company_calls(&profile),
        });
        let messages = match (self.scoped(MESSAGES), extension) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(id)) => self.mailbox(id, &profile).await?,
            (Ok(()), None) => everybodys_messages(&profile),
        };
        let permission = |data_type: DataType| Permission {
            data_type,
            allowed: if data_type.is_message() {
                messages.clone()
            } else {
                calls.clone()
            },
        };
        Ok(DataType::ALL.map(permission).into())
    }

    /// A token endpoint that told no scopes told nothing.
    fn scoped(&self, scope: &str) -> Result<()> {
        if self.scopes.is_empty() || self.scopes.iter().any(|it| it == scope) {
            return Ok(());
        }
        Err(missing_scope(scope))
    }

    /// Whether an administrator may read other mailboxes has been reported
    /// both ways, so the mailbox itself is asked. Where it is closed, the
    /// company-wide export may still hold it.
    async fn mailbox(&self, id: &ExtensionId, profile: &Profile) -> Result<Result<()>> {
        let app = self.people.app;
        let now_ms = app.clock.now().as_millisecond();
        let url = app
            .addresses
            .of_account(&["extension", id.as_str(), "message-store"]);
        let request = Request::get(PLATFORM, "/account/~/extension/{id}/message-store", url)
            .group(app.group(Pace::Light))
            .query("dateFrom", instant(now_ms - HOUR_MS).to_string())
            .query("dateTo", instant(now_ms).to_string())
            .query("perPage", "1");
        match self.people.line.call(request).await {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_closed(&error) => Ok(everybodys_messages(profile)),
            Err(error) if error.kind() == Kind::Forbidden => Ok(Err(error)),
            Err(error) => Err(error.while_doing("trying whether a mailbox can be read")),
        }
    }
}

fn company_calls(profile: &Profile) -> Result<()> {
    if profile.reads_company_calls() {
        return Ok(());
    }
    Err(missing_permission(
        "FullCompanyCallLog",
        "the company's call log",
    ))
}

fn own_calls(profile: &Profile) -> Result<()> {
    for (permission, what) in [
        ("ReadCallLog", "the call log"),
        ("ReadCallRecording", "call recordings"),
    ] {
        if profile.reach(permission) == Reach::Nowhere {
            return Err(missing_permission(permission, what));
        }
    }
    Ok(())
}

/// Out of each mailbox, or out of the company-wide export, for which
/// RingCentral wants a permission of its own besides (OpenAPI,
/// `createMessageStoreReport`).
fn everybodys_messages(profile: &Profile) -> Result<()> {
    let export = profile.reach(PERMISSION) == Reach::Company;
    match profile.reach(MESSAGES) {
        Reach::Company => Ok(()),
        Reach::Own if export => Ok(()),
        Reach::Own => Err(Error::new(
            Kind::Forbidden,
            format!(
                "the user's permission [{MESSAGES}] reaches only their own messages, and for the                  company-wide export the permission [{PERMISSION}] is missing"
            ),
        )
        .remedy(format!(
            "In the RingCentral Admin Portal, go to Users > Roles and give the user's role the              permission [{PERMISSION}]. Or connect as a Super Admin, or let each person connect              their own extension."
        ))),
        Reach::Nowhere => Err(missing_permission(MESSAGES, "messages")),
    }
}

fn missing_scope(scope: &str) -> Error {
    let what = format!("the RingCentral app lacks the permission [{scope}]");
    Error::new(Kind::Forbidden, what).remedy(format!(
        "Add the scope [{scope}] to the app at developers.ringcentral.com, then connect again."
    ))
}

fn missing_permission(permission: &str, to_read: &str) -> Error {
    let what = format!("the user may not read {to_read}: the permission [{permission}] is missing");
    Error::new(Kind::Forbidden, what).remedy(format!(
        "In the RingCentral Admin Portal, go to Users > Roles and give the user's role the \
         permission [{permission}]."
    ))
}
