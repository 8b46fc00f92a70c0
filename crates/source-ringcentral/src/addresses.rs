//! RingCentral's two hosts and what lies where. An address that RingCentral
//! wrote into an answer is followed on these hosts only.

use domain::error::{Error, Kind, Result};
use outbound::Purpose;
use url::Url;

/// Everything but bytes.
pub(crate) const PLATFORM: Purpose = Purpose("platform");
/// Recordings and attachments (RingCentral OpenAPI, `x-media-api`).
pub(crate) const MEDIA: Purpose = Purpose("media");

const API: [&str; 4] = ["restapi", "v1.0", "account", "~"];

/// The origins of the platform and of the media host.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    platform: Url,
    media: Url,
}

impl Addresses {
    /// From two origins such as `https://platform.ringcentral.com`.
    pub(crate) fn new(platform: &str, media: &str) -> Result<Addresses> {
        let origin = |text: &str, setting: &str| {
            let url = Url::parse(text).ok().filter(Url::has_host);
            url.ok_or_else(|| {
                Error::new(Kind::Config, "an address of RingCentral cannot be read").remedy(
                    format!("Set {setting} to an address like https://host.example."),
                )
            })
        };
        Ok(Addresses {
            platform: origin(platform, "RINGCENTRAL_SERVER_URL")?,
            media: origin(media, "RINGCENTRAL_MEDIA_URL")?,
        })
    }

    /// A path on the platform host, whole.
    pub(crate) fn platform(&self, path: &str) -> Url {
        let mut url = self.platform.clone();
        url.set_path(path);
        url
    }

    /// A resource of one's own account; each segment is escaped.
    pub(crate) fn of_account(&self, segments: &[&str]) -> Url {
        joined(&self.platform, segments)
    }

    /// The bytes of a recording, where the call log did not say.
    pub(crate) fn recording(&self, id: &str) -> Url {
        joined(&self.media, &["recording", id, "content"])
    }

    /// The bytes of an attachment, where the message did not say.
    pub(crate) fn attachment(&self, extension: &str, message: &str, attachment: &str) -> Url {
        let message = ["extension", extension, "message-store", message];
        joined(
            &self.media,
            &[&message[..], &["content", attachment]].concat(),
        )
    }

    /// An address from an answer, on our own origin of the same host. Samples
    /// show `:443`, and `http:` for what is `https:`; the host alone decides.
    /// Any other host is `Kind::Egress`.
    pub(crate) fn locate(&self, uri: &str) -> Result<(Purpose, Url)> {
        let refused = || {
            Error::new(
                Kind::Egress,
                "refused to follow an address outside RingCentral",
            )
        };
        let given = Url::parse(uri).map_err(|_| refused())?;
        let place = [(MEDIA, &self.media), (PLATFORM, &self.platform)]
            .into_iter()
            .find(|(_, own)| is_same_host(&given, own));
        let (purpose, own) = place.ok_or_else(refused)?;
        let mut url = own.clone();
        url.set_path(given.path());
        url.set_query(given.query());
        Ok((purpose, url))
    }

    /// The same resource on the media host.
    pub(crate) fn on_media(&self, url: &Url) -> Url {
        let mut moved = self.media.clone();
        moved.set_path(url.path());
        moved.set_query(url.query());
        moved
    }
}

fn joined(origin: &Url, segments: &[&str]) -> Url {
    let mut url = origin.clone();
    url.set_path("");
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(API).extend(segments);
    }
    url
}

fn is_same_host(given: &Url, own: &Url) -> bool {
    let clean = given.username().is_empty() && given.password().is_none();
    let default_ports = given.port().is_none() && own.port().is_none();
    let same_port = default_ports || given.port_or_known_default() == own.port_or_known_default();
    let web = matches!(given.scheme(), "http" | "https");
    clean && web && same_port && given.host() == own.host()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real() -> Addresses {
        Addresses::new(
            "https://platform.ringcentral.com",
            "https://media.ringcentral.com",
        )
        .unwrap()
    }

    #[test]
    fn an_address_is_followed_on_our_own_hosts_only() {
        let path = "/restapi/v1.0/account/1/recording/2/content";
        let media = format!("https://media.ringcentral.com{path}");
        for uri in [
            media.clone(),
            format!("https://media.ringcentral.com:443{path}"),
            format!("http://media.ringcentral.com{path}"),
            format!("https://MEDIA.ringcentral.com{path}#x"),
        ] {
            let (purpose, url) = real().locate(&uri).unwrap();
            assert_eq!((purpose, url.as_str()), (MEDIA, media.as_str()), "{uri}");
        }
        let platform = format!("https://platform.ringcentral.com:443{path}?a=b%20c");
        let (purpose, url) = real().locate(&platform).unwrap();
        assert_eq!(purpose, PLATFORM);
        assert_eq!(url.query(), Some("a=b%20c"));
        for uri in [
            "https://media.ringcentral.com.evil.example/x",
            "https://evil.example/media.ringcentral.com",
            "https://media.ringcentral.com@evil.example/x",
            "https://user@media.ringcentral.com/x",
            "https://media.ringcentral.com:8443/x",
            "https://127.0.0.1/x",
            "ftp://media.ringcentral.com/x",
            "//media.ringcentral.com/x",
            "/restapi",
            "",
        ] {
            let error = real().locate(uri).unwrap_err();
            assert_eq!(error.kind(), Kind::Egress, "{uri}");
        }
    }

    #[test]
    fn simulators_on_one_address_are_told_apart_by_their_ports() {
        let hosts = Addresses::new("http://127.0.0.1:8001", "http://127.0.0.1:8002").unwrap();
        assert_eq!(hosts.locate("http://127.0.0.1:8001/a").unwrap().0, PLATFORM);
        assert_eq!(hosts.locate("http://127.0.0.1:8002/a").unwrap().0, MEDIA);
        assert!(hosts.locate("http://127.0.0.1:8003/a").is_err());
        assert!(hosts.locate("http://127.0.0.1/a").is_err());
    }

    #[test]
    fn ids_cannot_leave_their_place_in_a_path() {
        assert_eq!(
            real().recording("../../1?x#y").as_str(),
            "https://media.ringcentral.com/restapi/v1.0/account/~/recording/..%2F..%2F1%3Fx%23y/content"
        );
        assert_eq!(
            real().attachment("3", "4", "5").as_str(),
            "https://media.ringcentral.com/restapi/v1.0/account/~/extension/3/message-store/4/content/5"
        );
    }
}
