//! Which time zone a page speaks in: the viewer's own at RingCentral, unless
//! another one is chosen in the address. Display only; everything is kept in
//! UTC.

use domain::Result;
use domain::session::SignedIn;
use jiff::tz::TimeZone;

use crate::options::Dates;
use crate::state::State;

/// Zones to choose from beside the viewer's own. Any IANA name in the address
/// works too.
const OFFERED: [&str; 62] = [
    "UTC",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Denver",
    "America/Chicago",
    "America/Mexico_City",
    "America/New_York",
    "America/Toronto",
    "America/Bogota",
    "America/Lima",
    "America/Caracas",
    "America/Halifax",
    "America/Santiago",
    "America/St_Johns",
    "America/Argentina/Buenos_Aires",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Europe/Athens",
    "Europe/Bucharest",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Asia/Jerusalem",
    "Europe/Istanbul",
    "Asia/Riyadh",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Dhaka",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Jakarta",
    "Asia/Hong_Kong",
    "Asia/Manila",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Australia/Perth",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// A zone with the name people know it by.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// Its IANA name.
    pub(crate) name: String,
    /// Its rules.
    pub(crate) rules: TimeZone,
    /// How dates are written.
    pub(crate) dates: Dates,
}

impl Zone {
    /// The chosen one, else the first of the others that is known, else UTC.
    /// An unknown name is passed over: times stay readable, and the page says
    /// which zone they are in.
    pub(crate) fn of(chosen: Option<&str>, own: Option<&str>, company: Option<&str>) -> Zone {
        let known = |name: &str| {
            let rules = TimeZone::get(name.trim()).ok()?;
            let name = rules.iana_name()?.to_owned();
            Some((name, rules))
        };
        let (name, rules) = [chosen.filter(|it| !it.is_empty()), own, company]
            .into_iter()
            .flatten()
            .find_map(known)
            .unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
        Zone {
            name,
            rules,
            dates: Dates::default(),
        }
    }

    /// The zone of a page: chosen in its address, else the Viewer's own.
    pub(crate) async fn of_viewer(
        state: &State,
        who: &SignedIn,
        chosen: Option<&str>,
    ) -> Result<Zone> {
        let company = match &who.time_zone {
            Some(_) => None,
            None => state
                .store
                .accounts()
                .await?
                .into_iter()
                .find(|it| it.id == who.account)
                .and_then(|it| it.time_zone),
        };
        let own = who.time_zone.as_deref();
        Ok(Zone {
            dates: state.options.dates,
            ..Zone::of(chosen, own, company.as_deref())
        })
    }

    /// The names to choose from, this one among them.
    pub(crate) fn offered(&self, own: Option<&str>) -> Vec<String> {
        let mut names: Vec<String> = OFFERED.map(str::to_owned).into();
        for name in own.into_iter().chain([self.name.as_str()]) {
            if !names.iter().any(|it| it == name) && TimeZone::get(name).is_ok() {
                names.insert(0, name.to_owned());
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_zone_wins_then_the_viewers_then_the_companys() {
        let of = |chosen, own, company| Zone::of(chosen, own, company).name;
        let (berlin, tokyo) = (Some("Europe/Berlin"), Some("Asia/Tokyo"));
        assert_eq!(of(berlin, tokyo, None), "Europe/Berlin");
        assert_eq!(of(Some(""), tokyo, berlin), "Asia/Tokyo");
        assert_eq!(of(Some("Mars/Base"), tokyo, berlin), "Asia/Tokyo");
        assert_eq!(of(None, None, berlin), "Europe/Berlin");
        assert_eq!(of(None, Some("nonsense"), None), "UTC");
    }

    #[test]
    fn every_offered_zone_is_known_and_offered_once() {
        for name in OFFERED {
            assert!(TimeZone::get(name).is_ok(), "{name}");
        }
        let mut names = OFFERED.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OFFERED.len());
    }

    #[test]
    fn ones_own_zone_is_always_offered() {
        let zone = Zone::of(Some("Pacific/Chatham"), Some("Asia/Colombo"), None);
        let offered = zone.offered(Some("Asia/Colombo"));
        assert!(offered.iter().any(|it| it == "Pacific/Chatham"));
        assert!(offered.iter().any(|it| it == "Asia/Colombo"));
    }
}
