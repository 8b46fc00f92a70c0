//! How long RingCentral keeps the company's call recordings, as its settings
//! say. What it keeps messages for only the right to change accounts may read
//! (OpenAPI, `readMessageStoreConfiguration`), which nobody should give us.

use domain::data_type::DataType;
use domain::error::Result;
use domain::retention::Retention;

use crate::app::Pace;
use crate::people::People;
use crate::wire;

/// Asks for the settings (OpenAPI, `readCallRecordingSettings`). Recordings
/// made by themselves and on demand may be kept for different times: the
/// shorter one counts.
pub(crate) async fn of_recordings(people: &People<'_>) -> Result<Retention> {
    let route = "/account/~/call-recording";
    let told: wire::RecordingSettings = people.get(route, &["call-recording"], Pace::Light).await?;
    Ok(read(told))
}

pub(crate) fn read(told: wire::RecordingSettings) -> Retention {
    let kinds = [told.automatic, told.on_demand].into_iter().flatten();
    let days = kinds
        .filter_map(|it| u32::try_from(it.retention_period?).ok())
        .filter(|days| *days > 0)
        .min();
    Retention(
        days.map(|it| (DataType::CallRecording, it))
            .into_iter()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_shorter_time_counts_and_what_is_not_told_is_not_made_up() {
        let days = |settings: serde_json::Value| {
            let told = wire::read(settings.to_string().as_bytes()).unwrap();
            read(told).0.get(&DataType::CallRecording).copied()
        };
        for (settings, told) in [
            (json!({}), None),
            (json!({"automatic": {"enabled": true}}), None),
            (json!({"automatic": {"retentionPeriod": 90}}), Some(90)),
            (
                json!({
                    "onDemand": {"enabled": true, "retentionPeriod": 30},
                    "automatic": {"retentionPeriod": "365", "maxNumberLimit": 100_000},
                }),
                Some(30),
            ),
            (json!({"automatic": {"retentionPeriod": 0}}), None),
            (json!({"automatic": null, "onDemand": "soon"}), None),
        ] {
            assert_eq!(days(settings.clone()), told, "{settings}");
        }
    }
}
