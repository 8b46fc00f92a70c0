//! What processes agree on before they send, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::allowance::{Allowance, Inquiry, LONGEST_SHUT_MS, RateKey, Told};
use domain::right::Right;

use super::Store;

#[derive(Default)]
pub(super) struct Limits {
    allowances: BTreeMap<RateKey, Allowance>,
    rights: BTreeMap<String, Right>,
}

#[async_trait]
impl domain::ports::Limits for Store {
    async fn inquire(&self, key: &RateKey, inquiry: &Inquiry) -> Result<Told> {
        let now_ms = self.now_ms();
        let allowances = &mut self.books.lock().unwrap().limits.allowances;
        let all = allowances.get(&RateKey::all_of(&key.peer));
        let all_until_ms = all.map_or(0, Allowance::shut_until_ms);
        let allowance = allowances.entry(key.clone()).or_default();
        Ok(allowance.answer(inquiry, all_until_ms, now_ms))
    }

    async fn penalties(&self) -> Result<Vec<(RateKey, Duration)>> {
        let now_ms = self.now_ms();
        let allowances = &self.books.lock().unwrap().limits.allowances;
        let left = allowances.iter().filter_map(|(key, it)| {
            let left_ms = it.shut_until_ms() - now_ms;
            let runs = (1..=LONGEST_SHUT_MS).contains(&left_ms);
            runs.then(|| (key.clone(), Duration::from_millis(left_ms.unsigned_abs())))
        });
        Ok(left.collect())
    }

    async fn take_right(&self, name: &str, holder: &str, lease: Duration) -> Result<bool> {
        let now_ms = self.now_ms();
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4);
        let rights = &mut self.books.lock().unwrap().limits.rights;
        let right = rights.entry(name.to_owned()).or_default();
        Ok(right.ask(holder, lease_ms, now_ms))
    }

    async fn end_right(&self, name: &str, holder: &str) -> Result<()> {
        let rights = &mut self.books.lock().unwrap().limits.rights;
        if let Some(right) = rights.get_mut(name) {
            right.give_back(holder);
        }
        Ok(())
    }
}
