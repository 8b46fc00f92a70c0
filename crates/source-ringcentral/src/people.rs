//! Who is signed in, in which company, and who else is there.

use std::collections::BTreeMap;

use domain::account::{Account, AccountId, Extension, ExtensionId};
use domain::error::{Error, Kind, Result};
use domain::ports::Viewer;
use outbound::{Line, Request};

use crate::addresses::PLATFORM;
use crate::app::{App, Pace};
use crate::profile::Profile;
use crate::walk::Walk;
use crate::wire;

/// The largest page of extensions (OpenAPI, `EnumeratedPagingModel`).
const PER_PAGE: u64 = 1000;

/// Asks for one resource of the signed-in user's account.
pub(crate) struct People<'a> {
    pub(crate) app: &'a App,
    pub(crate) line: &'a Line,
}

impl People<'_> {
    /// Who the grant belongs to.
    pub(crate) async fn viewer(&self) -> Result<Viewer> {
        let told = self.get("/account/~/extension/~", &["extension", "~"], Pace::Light);
        let own: wire::Extension = told.await?;
        let account = self.account(&own).await?;
        let coarse = own.permissions.as_ref().and_then(|it| it.admin.as_ref());
        let coarse = coarse.is_some_and(|admin| admin.enabled);
        let admin = match self.profile().await {
            Ok(profile) => profile.reads_company_calls(),
            // Some types of extension have no profile to show.
            Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::Gone) => coarse,
            Err(error) => return Err(error),
        };
        let extension = extension(&own).ok_or_else(|| nameless("extension"))?;
        Ok(Viewer {
            account,
            extension,
            admin,
        })
    }

    /// Everyone, all types and states, in the order of their ids.
    pub(crate) async fn extensions(&self) -> Result<Vec<Extension>> {
        let url = self.app.addresses.of_account(&["extension"]);
        let group = self.app.group(Pace::Medium);
        let mut walk = Walk::new("/account/~/extension", url, group, PER_PAGE, Vec::new());
        let mut found: BTreeMap<ExtensionId, Extension> = BTreeMap::new();
        loop {
            let answer = self.line.call(walk.request()).await;
            let answer = answer.map_err(|error| error.while_doing("listing the extensions"))?;
            let list: wire::List = wire::read(&answer.body)?;
            let more = walk.turn(&list)?;
            for record in list.records {
                let read = serde_json::from_value::<wire::Extension>(record).ok();
                // One left out would be one whose messages nobody asks for.
                let one = read.as_ref().and_then(extension);
                let one = one.ok_or_else(|| nameless("extension"))?;
                found.insert(one.id.clone(), one);
            }
            if !more {
                return Ok(found.into_values().collect());
            }
        }
    }

    /// What the signed-in user may do.
    pub(crate) async fn profile(&self) -> Result<Profile> {
        let segments = ["extension", "~", "authz-profile"];
        let route = "/account/~/extension/~/authz-profile";
        Ok(Profile::new(
            self.get(route, &segments, Pace::Medium).await?,
        ))
    }

    /// The company. An ordinary user may be kept from it; then its id, which
    /// their own extension tells, has to do.
    async fn account(&self, own: &wire::Extension) -> Result<Account> {
        let known = own.account.as_ref().and_then(|account| account.id.clone());
        let told: wire::Account = match (self.get("/account/~", &[], Pace::Light).await, &known) {
            (Ok(account), _) => account,
            (Err(error), Some(_)) if error.kind() == Kind::Forbidden => wire::Account::default(),
            (Err(error), _) => return Err(error),
        };
        let id = told.id.or(known).ok_or_else(|| nameless("account"))?;
        Ok(Account {
            name: told.name.or(told.main_number).unwrap_or_else(|| id.clone()),
            id: AccountId::new(id),
            time_zone: zone(told.regional_settings),
        })
    }

    pub(crate) async fn get<T: serde::de::DeserializeOwned>(
        &self,
        route: &'static str,
        segments: &[&str],
        pace: Pace,
    ) -> Result<T> {
        let url = self.app.addresses.of_account(segments);
        let request = Request::get(PLATFORM, route, url).group(self.app.group(pace));
        let answer = self.line.call(request).await;
        let answer = answer.map_err(|error| error.while_doing("asking about the account"))?;
        wire::read(&answer.body)
    }
}

pub(crate) fn extension(told: &wire::Extension) -> Option<Extension> {
    let contact = told.contact.as_ref();
    let names = contact.map(|it| [it.first_name.as_deref(), it.last_name.as_deref()]);
    let full: Vec<&str> = names.into_iter().flatten().flatten().collect();
    let full = (!full.is_empty()).then(|| full.join(" "));
    Some(Extension {
        id: ExtensionId::new(told.id.as_deref()?),
        number: told.number.clone(),
        name: told.name.clone().or(full),
        kind: told.kind.clone().unwrap_or_default(),
        status: told.status.clone().unwrap_or_default(),
        time_zone: told
            .regional_settings
            .as_ref()
            .and_then(|it| it.timezone.as_ref()?.name.clone()),
    })
}

fn zone(settings: Option<wire::RegionalSettings>) -> Option<String> {
    settings?.timezone?.name
}

fn nameless(what: &str) -> Error {
    Error::new(
        Kind::Protocol,
        format!("RingCentral describes an {what} without an id"),
    )
}
