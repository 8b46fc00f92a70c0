//! What the source's provider permits for the whole account. Asked when the
//! page is drawn, and only as long as a page may wait.

use domain::connection::Connection;
use domain::data_type::DataType;
use domain::ports::Permission;

use crate::state::{GLANCE, State};
use crate::texts::backup as say;

/// The answer, as far as there was one.
pub(crate) struct Permitted(Result<Vec<Permission>, String>);

/// Asks with the grant of this Connection.
pub(crate) async fn of_account(state: &State, own: &Connection) -> Permitted {
    let asked = tokio::time::timeout(GLANCE, async {
        state.providers.source(own).await?.permissions(None).await
    });
    Permitted(match asked.await {
        Ok(Ok(permissions)) => Ok(permissions),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(say::NOT_ASKED.to_owned()),
    })
}

impl Permitted {
    /// Why a type may not be archived, with what is missing and how to get it.
    pub(crate) fn refused(&self, data_type: DataType) -> Option<String> {
        let all = self.0.as_ref().ok()?;
        let one = all.iter().find(|it| it.data_type == data_type)?;
        one.allowed.as_ref().err().map(ToString::to_string)
    }

    /// Why nothing is known.
    pub(crate) fn unasked(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }
}
