//! The gate: a table of what passes, and hostile addresses by the hundred.

use domain::error::Kind;
use outbound::{Allow, Purpose};
use proptest::prelude::*;

const API: Purpose = Purpose("api");
const MEDIA: Purpose = Purpose("media");

fn allow() -> Allow {
    let allow = Allow::new()
        .permit(API, "https://platform.ringcentral.com")
        .unwrap();
    allow
        .permit(MEDIA, "https://media.ringcentral.com:443/")
        .unwrap()
}

#[test]
fn these_pass_and_are_normalised() {
    let table = [
        (
            "https://media.ringcentral.com/a?b=c",
            "https://media.ringcentral.com/a?b=c",
        ),
        (
            "https://media.ringcentral.com:443/a",
            "https://media.ringcentral.com/a",
        ),
        (
            "HTTPS://MEDIA.RingCentral.COM/A",
            "https://media.ringcentral.com/A",
        ),
        (
            "https://media.ringcentral.com/a#b",
            "https://media.ringcentral.com/a",
        ),
        (
            "https://media.ringcentral.com",
            "https://media.ringcentral.com/",
        ),
        (
            "https://ｍedia.ringcentral.com/",
            "https://media.ringcentral.com/",
        ),
    ];
    for (given, sent) in table {
        assert_eq!(allow().gate(MEDIA, given).unwrap().as_str(), sent);
    }
}

#[test]
fn each_purpose_has_its_own_origins() {
    assert!(
        allow()
            .gate(API, "https://media.ringcentral.com/a")
            .is_err()
    );
    assert!(
        allow()
            .gate(MEDIA, "https://platform.ringcentral.com/a")
            .is_err()
    );
    assert!(
        allow()
            .gate(Purpose("other"), "https://platform.ringcentral.com/")
            .is_err()
    );
}

#[test]
fn the_operator_may_configure_https_names_and_loopback_only() {
    for good in [
        "https://platform.ringcentral.com",
        "https://platform.ringcentral.com:8443/",
        "http://127.0.0.1:8080",
        "https://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost:8080",
    ] {
        assert!(Allow::new().permit(API, good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "platform.ringcentral.com",
        "http://platform.ringcentral.com",
        "ftp://platform.ringcentral.com",
        "https://10.0.0.1",
        "http://10.0.0.1",
        "https://8.8.8.8",
        "https://[2606:4700::1111]",
        "https://user:password@platform.ringcentral.com",
        "https://platform.ringcentral.com/restapi",
        "https://platform.ringcentral.com/?a=b",
        "https://platform.ringcentral.com/#a",
        "https://platform ringcentral.com",
        "http://localhost.example",
    ] {
        let error = Allow::new().permit(API, bad).unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{bad}");
        assert!(!error.to_string().contains("password"), "{error}");
    }
}

#[test]
fn loopback_is_exactly_what_was_configured() {
    let allow = Allow::new().permit(API, "http://127.0.0.1:8080").unwrap();
    assert!(allow.gate(API, "http://127.0.0.1:8080/a").is_ok());
    assert!(
        allow.gate(API, "http://2130706433:8080/a").is_ok(),
        "the same number"
    );
    for other in [
        "http://127.0.0.1/a",
        "http://127.0.0.1:8081/a",
        "https://127.0.0.1:8080/a",
        "http://127.0.0.2:8080/a",
        "http://localhost:8080/a",
        "http://[::1]:8080/a",
        "http://[::ffff:127.0.0.1]:8080/a",
    ] {
        assert_eq!(
            allow.gate(API, other).unwrap_err().kind(),
            Kind::Egress,
            "{other}"
        );
    }
}

/// Hosts that are not the allowed one, however much they look like it.
const EVIL: &[&str] = &[
    "evil.example",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
    "169.254.169.254",
    "[fe80::1]",
    "10.0.0.1",
    "192.168.0.1",
    "metadata.google.internal",
    "localhost",
    "xn--mdia-bpa.ringcentral.com",
    "mеdia.ringcentral.com",
    "media.ringcentral.com.",
    "media.ringcentral.com.evil.example",
    "evil-media.ringcentral.com",
    "platform.ringcentral.com",
    "ringcentral.com",
    "media.ringcentral.co",
    "media.ringcentral.com%00.evil.example",
    "media.ringcentral.com%2eevil.example",
    "①②⑦.⓪.⓪.①",
];

/// What is no address, or not one of ours.
const ODD: &[&str] = &[
    "",
    " ",
    "/",
    "//",
    "https:",
    "https://",
    "https:///",
    "https://:443/",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "about:blank",
    "blob:https://media.ringcentral.com/1",
    "\u{0}",
    "https://media.ringcentral.com:80/",
    "https://media.ringcentral.com:0/",
    "https://media.ringcentral.com:65536/",
    "https://media.ringcentral.com:443:443/",
    "http://media.ringcentral.com/",
    "http://media.ringcentral.com:443/",
    "https://media.ringcentral.com\t/",
    "https://media.ring\ncentral.com/",
    " https://media.ringcentral.com/",
    "https://media.ringcentral.com /",
    "wss://media.ringcentral.com/",
    "https://media.ringcentral.com\\.evil.example/",
    "https://[media.ringcentral.com]/",
];

/// Hostile addresses: every trick with every place it can be played on.
fn corpus() -> Vec<String> {
    let good = "media.ringcentral.com";
    let mut all = Vec::new();
    for host in EVIL {
        for scheme in ["https", "http", "ftp", "gopher", "file", "HTTPS"] {
            all.push(format!("{scheme}://{host}/a"));
        }
        all.push(format!("https://{good}@{host}/"));
        all.push(format!("https://{good}:443@{host}/"));
        all.push(format!("https://{good}%40{host}/"));
        all.push(format!("https://{good}#@{host}/\\@{host}"));
        all.push(format!("https://{host}?@{good}/"));
        all.push(format!("https://{host}\\@{good}/"));
        all.push(format!("https:\\\\{host}\\{good}"));
        all.push(format!("https://{host}#{good}"));
        all.push(format!("https://user@{good}/{host}"));
        all.push(format!("https://:password@{good}/{host}"));
        all.push(format!("//{host}/a"));
        all.push(format!("https:{host}"));
    }
    all.extend(ODD.iter().map(|url| (*url).to_owned()));
    all
}

#[test]
fn no_hostile_address_passes() {
    let (allow, corpus) = (allow(), corpus());
    assert!(corpus.len() >= 500, "{}", corpus.len());
    for url in corpus {
        match allow.gate(MEDIA, &url) {
            Err(error) => {
                assert_eq!(error.kind(), Kind::Egress, "{url}");
                assert!(!error.to_string().contains("password"), "{error}");
            }
            Ok(passed) => panic!("{url} passed as {passed}"),
        }
    }
}

proptest! {
    #[test]
    fn whatever_passes_leads_to_the_allowed_origin(
        head in "(https?:|HTTPS:)?[/\\\\]{0,3}",
        user in "([a-z:%.]{0,8}@)?",
        host in "(media\\.ringcentral\\.com|[a-z0-9.\\[\\]:%①]{0,24})",
        tail in "[.:@/\\\\?#a-z0-9\\t %]{0,24}",
    ) {
        let text = format!("{head}{user}{host}{tail}");
        if let Ok(url) = allow().gate(MEDIA, &text) {
            prop_assert_eq!(url.scheme(), "https");
            prop_assert_eq!(url.host_str(), Some("media.ringcentral.com"));
            prop_assert_eq!(url.port(), None);
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(url.fragment().is_none());
        }
    }

    #[test]
    fn any_text_at_all_is_an_answer_not_a_panic(text in any::<String>()) {
        prop_assert!(allow().gate(MEDIA, &text).is_err());
    }
}
