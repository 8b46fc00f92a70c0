//! Which module plays which function.

use std::sync::Arc;

use axum::body::Body;

use super::call::Call;
use super::error::Failure;
use super::reply::Reply;
use super::{
    Inner, account, batch, download, folders, listing, lookup, relocation, removal, search, upload,
};

/// Runs a call that was let in. `body` holds what an upload sends.
pub(super) async fn dispatch(inner: &Arc<Inner>, call: Call, body: Body) -> Result<Reply, Failure> {
    match call.route.name {
        "files/upload" => upload::upload(inner, call, body).await,
        "files/upload_session/start" => upload::start(inner, call, body).await,
        "files/upload_session/append" | "files/upload_session/append_v2" => {
            upload::append(inner, call, body).await
        }
        "files/upload_session/finish" => upload::finish(inner, call, body).await,
        "files/upload_session/start_batch" => batch::start(inner, call),
        "files/upload_session/append_batch" => batch::append(inner, call, body).await,
        "files/upload_session/finish_batch" => batch::finish_v1(inner, call).await,
        "files/upload_session/finish_batch_v2" => batch::finish_v2(inner, call).await,
        "files/upload_session/finish_batch/check"
        | "files/create_folder_batch/check"
        | "files/delete_batch/check" => inner.jobs.check(call),
        "files/create_folder" | "files/create_folder_v2" => folders::create(inner, call).await,
        "files/create_folder_batch" => folders::create_batch(inner, call).await,
        "files/delete" | "files/delete_v2" => removal::delete(inner, call).await,
        "files/delete_batch" => removal::delete_batch(inner, call).await,
        "files/copy" | "files/copy_v2" | "files/move" | "files/move_v2" => {
            relocation::relocate(inner, call).await
        }
        "files/get_metadata" => lookup::metadata(inner, call),
        "files/list_revisions" => lookup::revisions(inner, call),
        "files/list_folder" => listing::start(inner, call),
        "files/list_folder/continue" => listing::next(inner, call),
        "files/list_folder/get_latest_cursor" => listing::latest_cursor(inner, call),
        "files/list_folder/longpoll" => listing::longpoll(inner, call).await,
        "files/search_v2" => search::start(inner, call),
        "files/search/continue_v2" => search::next(inner, call),
        "files/download" => download::download(inner, call).await,
        "files/get_temporary_link" => download::temporary_link(inner, call),
        "files/get_thumbnail_v2" => download::thumbnail(inner, call),
        "users/get_current_account" => account::current(&call),
        "users/get_space_usage" => {
            let stored = inner.read(super::tree::Tree::stored_bytes);
            account::space(&call, stored)
        }
        "check/user" | "check/app" => account::echo(call),
        "auth/token/revoke" => {
            if let Some(link) = &call.link {
                inner.grants().revoke(link.id);
            }
            call.argument.end()?;
            Ok(Reply::Null)
        }
        _ => Err(Failure::UnknownFunction),
    }
}
