//! The table of functions: style, host, who may call, and the scope it takes,
//! as the `attrs` of the Stone files have them.

/// How a function takes its argument and gives its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// JSON in the body, JSON back.
    Rpc,
    /// JSON in a header, bytes in the body, JSON back.
    Upload,
    /// JSON in a header, bytes back.
    Download,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A user's access token.
    User,
    /// The app's key and secret.
    App,
    /// Either.
    AppOrUser,
    /// Anybody.
    Anyone,
}

/// A function of the API.
#[derive(Debug)]
pub(super) struct Route {
    /// Behind `/2/`.
    pub(super) name: &'static str,
    pub(super) style: Style,
    pub(super) who: Who,
    /// The scope that a user's token must have.
    pub(super) scope: Option<&'static str>,
    /// Its host is `<this>.dropboxapi.com`.
    pub(super) host: &'static str,
}

const fn rpc(name: &'static str, scope: &'static str) -> Route {
    Route {
        name,
        style: Style::Rpc,
        who: Who::User,
        scope: Some(scope),
        host: "api",
    }
}

const fn content(name: &'static str, style: Style, scope: &'static str) -> Route {
    Route {
        name,
        style,
        who: Who::User,
        scope: Some(scope),
        host: "content",
    }
}

const READ: &str = "files.content.read";
const WRITE: &str = "files.content.write";
const METADATA: &str = "files.metadata.read";
const ACCOUNT: &str = "account_info.read";

static ROUTES: [Route; 38] = [
    content("files/upload", Style::Upload, WRITE),
    content("files/upload_session/start", Style::Upload, WRITE),
    content("files/upload_session/append", Style::Upload, WRITE),
    content("files/upload_session/append_v2", Style::Upload, WRITE),
    content("files/upload_session/append_batch", Style::Upload, WRITE),
    content("files/upload_session/finish", Style::Upload, WRITE),
    content("files/download", Style::Download, READ),
    Route {
        who: Who::AppOrUser,
        ..content("files/get_thumbnail_v2", Style::Download, READ)
    },
    rpc("files/upload_session/start_batch", WRITE),
    rpc("files/upload_session/finish_batch", WRITE),
    rpc("files/upload_session/finish_batch_v2", WRITE),
    rpc("files/upload_session/finish_batch/check", WRITE),
    rpc("files/create_folder", WRITE),
    rpc("files/create_folder_v2", WRITE),
    rpc("files/create_folder_batch", WRITE),
    rpc("files/create_folder_batch/check", WRITE),
    rpc("files/delete", WRITE),
    rpc("files/delete_v2", WRITE),
    rpc("files/delete_batch", WRITE),
    rpc("files/delete_batch/check", WRITE),
    rpc("files/copy", WRITE),
    rpc("files/copy_v2", WRITE),
    rpc("files/move", WRITE),
    rpc("files/move_v2", WRITE),
    rpc("files/get_metadata", METADATA),
    rpc("files/list_folder", METADATA),
    rpc("files/list_folder/continue", METADATA),
    rpc("files/list_folder/get_latest_cursor", METADATA),
    Route {
        who: Who::Anyone,
        host: "notify",
        ..rpc("files/list_folder/longpoll", METADATA)
    },
    rpc("files/list_revisions", METADATA),
    rpc("files/search_v2", METADATA),
    rpc("files/search/continue_v2", METADATA),
    rpc("files/get_temporary_link", READ),
    rpc("users/get_current_account", ACCOUNT),
    rpc("users/get_space_usage", ACCOUNT),
    rpc("check/user", ACCOUNT),
    Route {
        who: Who::App,
        scope: None,
        ..rpc("check/app", "")
    },
    Route {
        scope: None,
        ..rpc("auth/token/revoke", "")
    },
];

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.name == name)
}
