//! The book of Exports, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::export::{Export, ExportId, File, Passed, Row};

use super::Store;

/// All of a company.
#[derive(Default)]
pub(super) struct Exports(BTreeMap<ExportId, Kept>);

struct Kept {
    export: Export,
    rows: BTreeMap<String, Row>,
    files: BTreeMap<u64, File>,
}

#[async_trait]
impl domain::ports::Exports for Store {
    async fn keep_export(&self, export: &Export) -> Result<()> {
        self.change(&export.account, |book| {
            let kept = book.exports.0.entry(export.id.clone());
            let kept = kept.or_insert_with(|| Kept {
                export: export.clone(),
                rows: BTreeMap::new(),
                files: BTreeMap::new(),
            });
            kept.export = export.clone();
        });
        Ok(())
    }

    async fn export(&self, account: &AccountId, id: &ExportId) -> Result<Option<Export>> {
        Ok(self.look(account, |book| {
            book.exports.0.get(id).map(|it| it.export.clone())
        }))
    }

    async fn exports(&self, account: &AccountId) -> Result<Vec<Export>> {
        Ok(self.look(account, |book| {
            let all = book.exports.0.values();
            let mut all: Vec<Export> = all.map(|it| it.export.clone()).collect();
            all.sort_by(|a, b| (b.made_ms, &b.id).cmp(&(a.made_ms, &a.id)));
            all
        }))
    }

    async fn freeze(&self, account: &AccountId, id: &ExportId, rows: &[Row]) -> Result<()> {
        self.change(account, |book| {
            if let Some(kept) = book.exports.0.get_mut(id) {
                for row in rows {
                    let place = kept.rows.entry(row.place());
                    place.or_insert_with(|| row.clone());
                }
            }
        });
        Ok(())
    }

    async fn frozen(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: &str,
        after: bool,
        limit: u32,
    ) -> Result<Vec<Row>> {
        Ok(self.look(account, |book| {
            let kept = book.exports.0.get(id);
            let rows = kept
                .into_iter()
                .flat_map(|it| it.rows.range(from.to_owned()..));
            let rows = rows.filter(|(place, _)| !after || place.as_str() != from);
            rows.take(limit as usize)
                .map(|(_, row)| row.clone())
                .collect()
        }))
    }

    async fn lay_out(&self, account: &AccountId, id: &ExportId, files: &[File]) -> Result<()> {
        self.change(account, |book| {
            if let Some(kept) = book.exports.0.get_mut(id) {
                for file in files {
                    kept.files.entry(file.at).or_insert_with(|| file.clone());
                }
            }
        });
        Ok(())
    }

    async fn laid_out(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<File>> {
        Ok(self.look(account, |book| {
            let Some(kept) = book.exports.0.get(id) else {
                return Vec::new();
            };
            let holds = kept.files.range(..=from).next_back();
            let first = holds.map_or(0, |(at, _)| *at);
            let files = kept.files.range(first..).take(limit as usize);
            files.map(|(_, file)| file.clone()).collect()
        }))
    }

    async fn passed(&self, account: &AccountId, id: &ExportId, passed: &[Passed]) -> Result<()> {
        self.change(account, |book| {
            if let Some(kept) = book.exports.0.get_mut(id) {
                for sums in passed {
                    if let Some(file) = kept.files.get_mut(&sums.at) {
                        file.crc = Some(sums.crc);
                        file.sha256 = Some(sums.sha256.clone());
                    }
                }
            }
        });
        Ok(())
    }

    async fn forget_export(&self, account: &AccountId, id: &ExportId, limit: u32) -> Result<bool> {
        Ok(self.change(account, |book| {
            let Some(kept) = book.exports.0.get_mut(id) else {
                return true;
            };
            let limit = limit as usize;
            let gone = kept.rows.len().max(kept.files.len()).min(limit);
            for _ in 0..gone {
                kept.rows.pop_first();
                kept.files.pop_first();
            }
            let all = gone < limit;
            if all {
                book.exports.0.remove(id);
            }
            all
        }))
    }
}
