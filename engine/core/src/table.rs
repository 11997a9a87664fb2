//! A list with an index that is built when it is first asked and forgotten whenever the list may have changed, so that
//! a question about one row does not walk through all of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// A row that can be found by an index of its own kind.
pub trait Indexed: Sized {
    /// The index over a list of such rows.
    type Index: Default;

    /// Notes that this row stands at `place`.
    fn note(&self, place: usize, index: &mut Self::Index);
}

/// A list of rows with their index. It is read and changed like a `Vec`.
#[derive(Clone)]
pub struct Table<T: Indexed> {
    rows: Vec<T>,
    index: OnceLock<Arc<T::Index>>,
}

impl<T: Indexed> Table<T> {
    /// The index over the rows as they are now.
    pub fn index(&self) -> &T::Index {
        self.index.get_or_init(|| {
            let mut index = T::Index::default();
            for (place, row) in self.rows.iter().enumerate() {
                row.note(place, &mut index);
            }
            Arc::new(index)
        })
    }
}

impl<T: Indexed> Default for Table<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Indexed> From<Vec<T>> for Table<T> {
    fn from(rows: Vec<T>) -> Self {
        Self {
            rows,
            index: OnceLock::new(),
        }
    }
}

impl<T: Indexed> Deref for Table<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.rows
    }
}

impl<T: Indexed> DerefMut for Table<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        self.index = OnceLock::new();
        &mut self.rows
    }
}

impl<T: Indexed + PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<T: Indexed + Eq> Eq for Table<T> {}

impl<T: Indexed + std::fmt::Debug> std::fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rows.fmt(f)
    }
}

impl<T: Indexed + Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de, T: Indexed + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
