//! The door out with fail-points: a place for each route (`call`: before the
//! request leaves, after the answer's head came; `body`: after its end).

use std::time::Duration;

use outbound::{Call, Observer};

use super::{Watched, pass};

/// What both providers are asked.
const ROUTES: &[(&str, &str)] = &[
    ("RingCentral", "/restapi/oauth/token"),
    ("RingCentral", "/restapi/oauth/revoke"),
    ("RingCentral", "/account/~"),
    ("RingCentral", "/account/~/extension/~"),
    ("RingCentral", "/account/~/extension/~/authz-profile"),
    ("RingCentral", "/account/~/extension"),
    ("RingCentral", "/account/~/call-recording"),
    ("RingCentral", "/account/~/call-log"),
    ("RingCentral", "/account/~/extension/{id}/call-log"),
    ("RingCentral", "/account/~/extension/{id}/message-store"),
    ("RingCentral", "/account/~/message-store-report"),
    ("RingCentral", "/account/~/message-store-report/{id}"),
    (
        "RingCentral",
        "/account/~/message-store-report/{id}/archive",
    ),
    (
        "RingCentral",
        "/account/~/message-store-report/{id}/archive/{id}",
    ),
    ("RingCentral", "/account/{id}/recording/{id}/content"),
    (
        "RingCentral",
        "/account/{id}/extension/{id}/message-store/{id}/content/{id}",
    ),
    ("Dropbox", "/oauth2/token"),
    ("Dropbox", "/2/auth/token/revoke"),
    ("Dropbox", "/2/users/get_current_account"),
    ("Dropbox", "/2/users/get_space_usage"),
    ("Dropbox", "/2/files/create_folder_v2"),
    ("Dropbox", "/2/files/get_metadata"),
    ("Dropbox", "/2/files/upload_session/start_batch"),
    ("Dropbox", "/2/files/upload_session/append_v2"),
    ("Dropbox", "/2/files/upload_session/append_batch"),
    ("Dropbox", "/2/files/upload_session/finish_batch_v2"),
];

/// The names.
pub(super) fn names() -> impl Iterator<Item = String> {
    let both = |word: &'static str| {
        let routes = ROUTES.iter();
        routes.map(move |(peer, route)| format!("{word} {peer} {route}"))
    };
    both("call").chain(both("body"))
}

impl Observer for Watched<dyn Observer> {
    fn calling(&self, peer: &str, route: &'static str) {
        self.0.calling(peer, route);
        pass(&format!("call {peer} {route}"), "before");
    }

    fn called(&self, call: &Call<'_>) {
        self.0.called(call);
        let name = format!("{} {}", call.peer, call.route);
        pass(&format!("call {name}"), "after");
        // Its body begins where its head ends.
        pass(&format!("body {name}"), "before");
    }

    fn received(&self, peer: &str, route: &'static str, bytes: u64) {
        self.0.received(peer, route, bytes);
        pass(&format!("body {peer} {route}"), "after");
    }

    fn braked(&self, peer: &str, subject: &str, group: Option<&str>, pause: Duration) {
        self.0.braked(peer, subject, group, pause);
    }
}
