//! All definitions that are known: those this program ships with, and those of a folder.

use crate::format::{Located, Source, read};
use duban_core::workflow::Definition;
use duban_core::workflow::verify::verify;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The definitions this program ships with, by file name.
pub const SHIPPED: [(&str, &str); 2] = [
    (
        "annual-plan.v1.toml",
        include_str!("../definitions/annual-plan.v1.toml"),
    ),
    (
        "rectification-report.v1.toml",
        include_str!("../definitions/rectification-report.v1.toml"),
    ),
];

/// Why definitions could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not a definition that may be used.
    #[error("{file}: {}", problems.iter().map(|p| format!("line {}: {}", p.line, p.problem.reason.code)).collect::<Vec<_>>().join("; "))]
    Refused {
        /// The file.
        file: String,
        /// What is wrong with it.
        problems: Vec<Located>,
    },
    /// Two files define the same version of the same definition.
    #[error("{file}: version {version} of {id} is defined already")]
    Twice {
        /// The second file.
        file: String,
        /// The definition.
        id: String,
        /// The version.
        version: u32,
    },
}

/// Reads a definition file and verifies what it says.
///
/// # Errors
/// Every problem with its line, in the order of the file.
pub fn check(text: &str) -> Result<Source, Vec<Located>> {
    let source = read(text)?;
    let mut problems: Vec<_> = verify(&source.definition)
        .into_iter()
        .map(|problem| source.locate(problem))
        .collect();
    if problems.is_empty() {
        return Ok(source);
    }
    problems.sort_by_key(|problem| problem.line);
    Err(problems)
}

/// Definitions by name and version. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    found: BTreeMap<(String, u32), Arc<Definition>>,
}

impl Registry {
    /// The definitions this program ships with.
    ///
    /// # Errors
    /// [`LoadError`] when a shipped file is broken; a test keeps that from happening.
    pub fn shipped() -> Result<Self, LoadError> {
        let mut registry = Self::default();
        for (file, text) in SHIPPED {
            registry.add(file, text)?;
        }
        Ok(registry)
    }

    /// The same with every `*.toml` file of a folder. A file may add versions, never replace one.
    ///
    /// # Errors
    /// [`LoadError`] when the folder or a file cannot be read, or a file is refused.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Unreadable {
            path: folder.to_owned(),
            source,
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(|source| LoadError::Unreadable {
                path: path.clone(),
                source,
            })?;
            self.add(&path.display().to_string(), &text)?;
        }
        Ok(self)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), LoadError> {
        let source = check(text).map_err(|problems| LoadError::Refused {
            file: file.to_owned(),
            problems,
        })?;
        let definition = source.definition;
        let key = (definition.id.clone(), definition.version);
        if self.found.contains_key(&key) {
            let (id, version) = key;
            let file = file.to_owned();
            return Err(LoadError::Twice { file, id, version });
        }
        self.found.insert(key, Arc::new(definition));
        Ok(())
    }

    /// This version of this definition.
    pub fn get(&self, id: &str, version: u32) -> Option<Arc<Definition>> {
        self.found.get(&(id.to_owned(), version)).cloned()
    }

    /// The newest version of this definition.
    pub fn latest(&self, id: &str) -> Option<Arc<Definition>> {
        let versions = self.found.values().filter(|definition| definition.id == id);
        versions.max_by_key(|definition| definition.version).cloned()
    }

    /// The newest version of the definition that carries this document type (the first by name, if there are more).
    pub fn for_document_type(&self, document_type: &str) -> Option<Arc<Definition>> {
        let carrier = self.found.values().find(|d| d.document_type == document_type)?;
        self.latest(&carrier.id)
    }

    /// All of them, by name and version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.found.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_definition_may_be_published() {
        for (file, text) in SHIPPED {
            let problems = check(text).err();
            assert_eq!(problems, None, "{file}");
        }
        assert_eq!(Registry::shipped().unwrap().all().count(), SHIPPED.len());
    }

    #[test]
    fn a_folder_adds_versions_and_never_replaces_one() {
        let folder = std::env::temp_dir().join(format!("duban-registry-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = SHIPPED[0].1.replace("version = 1", "version = 2");
        std::fs::write(folder.join("annual-plan.v2.toml"), text).unwrap();
        let registry = Registry::shipped().unwrap().with_folder(&folder).unwrap();
        assert_eq!(registry.latest("annual-plan").unwrap().version, 2);
        assert_eq!(registry.get("annual-plan", 1).unwrap().version, 1);
        assert_eq!(registry.for_document_type("annual_plan").unwrap().version, 2);
        std::fs::write(folder.join("again.toml"), SHIPPED[0].1).unwrap();
        let again = Registry::shipped().unwrap().with_folder(&folder);
        assert!(matches!(again, Err(LoadError::Twice { version: 1, .. })), "{again:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
