//! RingCentral as a `Source`: one grant, one line, and for each question the
//! module that knows the answer.

use std::sync::Arc;

use async_trait::async_trait;
use domain::account::{Extension, ExtensionId};
use domain::clock::Clock;
use domain::content::Content;
use domain::error::Result;
use domain::item::Item;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::retention::Retention;
use domain::secret::Secret;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use outbound::{Door, Keeper, Line, Refresher, Token};
use tokio::sync::OnceCell;

use crate::app::App;
use crate::export::Exports;
use crate::grants::{ByJwt, ByRefreshToken};
use crate::listing::Listing;
use crate::media;
use crate::options::Options;
use crate::people::People;
use crate::permissions::Permissions;
use crate::retention;

/// What buys access tokens.
pub enum Credential {
    /// A JWT credential from the developer console, bound to the user who made
    /// it: for head-less use.
    Jwt(Secret),
    /// The grant that the keeper keeps, with its refresh token.
    Kept,
}

/// One user's RingCentral.
pub struct RingCentral {
    app: Arc<App>,
    exports: Exports,
    keeper: Arc<dyn Keeper>,
    token: Token,
    /// Made on first use: whose rate budget it spends stands in the grant.
    line: OnceCell<Line>,
}

impl RingCentral {
    /// Nothing is asked yet. There is one of these per grant in a process; the
    /// keeper is told every new grant before it is used. `Kind::Config` where
    /// an address or the client id cannot be used.
    pub fn new(
        options: Options,
        credential: Credential,
        door: Door,
        keeper: Arc<dyn Keeper>,
        clock: Arc<dyn Clock>,
    ) -> Result<RingCentral> {
        let app = Arc::new(App::new(options, door, Arc::clone(&clock))?);
        let refresher: Arc<dyn Refresher> = match credential {
            Credential::Jwt(jwt) => Arc::new(ByJwt {
                app: Arc::clone(&app),
                jwt,
            }),
            Credential::Kept => Arc::new(ByRefreshToken(Arc::clone(&app))),
        };
        let token = Token::new(Arc::clone(&keeper), refresher, clock).quiet_for(app.quiet());
        Ok(RingCentral {
            exports: Exports::new(Arc::clone(&app), Arc::clone(&keeper)),
            app,
            keeper,
            token,
            line: OnceCell::new(),
        })
    }

    /// A grant that is fit for use, renewed if need be: for keeping a
    /// connection alive while nothing is archived. RingCentral forgets a
    /// refresh token after 7 idle days.
    pub async fn keep_alive(&self) -> Result<()> {
        self.token.bearer().await.map(drop)
    }

    async fn line(&self) -> Result<&Line> {
        let made = self.line.get_or_try_init(|| async {
            self.token.bearer().await?;
            let owner = self.keeper.load().await?.map(|grant| grant.owner);
            Ok(self
                .app
                .api_line(&owner.unwrap_or_default(), self.token.clone()))
        });
        made.await
    }

    async fn people(&self) -> Result<People<'_>> {
        Ok(People {
            app: &self.app,
            line: self.line().await?,
        })
    }
}

#[async_trait]
impl Source for RingCentral {
    async fn viewer(&self) -> Result<Viewer> {
        self.people().await?.viewer().await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.people().await?.extensions().await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        let people = self.people().await?;
        let grant = self.keeper.load().await?;
        let (scopes, mut own) = grant.map(|it| (it.scopes, it.owner)).unwrap_or_default();
        if own.is_empty() {
            people
                .viewer()
                .await?
                .extension
                .id
                .as_str()
                .clone_into(&mut own);
        }
        let permissions = Permissions {
            people,
            scopes: &scopes,
            own: &own,
        };
        permissions.of(of).await
    }

    async fn retention(&self) -> Result<Retention> {
        retention::of_recordings(&self.people().await?).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        let listing = async move {
            let listing = Listing::new(&self.app, self.line().await?, &self.exports, ask);
            Ok(stream::try_unfold(listing, |mut listing| async move {
                Ok(listing.next().await?.map(|page| (page, listing)))
            }))
        };
        stream::once(listing).try_flatten().boxed()
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        media::open(&self.app, self.line().await?, &self.exports, item).await
    }
}
