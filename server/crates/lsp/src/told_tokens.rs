//! The semantic tokens that the client has, so that it can be told what is new.
//!
//! Of each document the last answer is kept, and no more than of a few documents: an editor shows few at a time, and
//! asks for all tokens where the server has forgotten what it said.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use base::FileId;
use tower_lsp::lsp_types::SemanticToken;

/// More documents than an editor shows.
const MAX_FILES: usize = 32;

/// The last answers. Shared by all snapshots.
#[derive(Debug, Default)]
pub(crate) struct ToldTokens {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    by_file: BTreeMap<FileId, (u64, Arc<[SemanticToken]>)>,
    n_answers: u64,
}

impl ToldTokens {
    /// What was answered under this id.
    pub(crate) fn get(&self, file: FileId, id: &str) -> Option<Arc<[SemanticToken]>> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, tokens) = told.by_file.get(&file)?;
        (number.to_string() == id).then(|| Arc::clone(tokens))
    }

    /// Keeps an answer; its id.
    pub(crate) fn put(&self, file: FileId, tokens: &[SemanticToken]) -> String {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.n_answers += 1;
        let number = told.n_answers;
        told.by_file.insert(file, (number, tokens.into()));
        if told.by_file.len() > MAX_FILES {
            let oldest = told.by_file.iter().min_by_key(|(_, (number, _))| *number);
            let oldest = oldest.map(|(file, _)| *file);
            oldest.and_then(|file| told.by_file.remove(&file));
        }
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let told = ToldTokens::default();
        let first = told.put(FileId(0), &[]);
        assert!(told.get(FileId(0), &first).is_some());
        assert!(told.get(FileId(1), &first).is_none());
        for file in 1..=MAX_FILES as u32 {
            told.put(FileId(file), &[]);
        }
        assert!(told.get(FileId(0), &first).is_none());
    }
}
