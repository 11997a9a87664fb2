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
    /// A file says something else than what was published under its name and version.
    #[error(
        "{id} version {version} is published and its papers follow what was published: raise the version of the changed file"
    )]
    Changed {
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
    found: BTreeMap<(String, u32), Known>,
}

/// A definition with the text it was read from.
#[derive(Clone, Debug)]
struct Known {
    definition: Arc<Definition>,
    source: Arc<str>,
    shipped: bool,
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
        for known in registry.found.values_mut() {
            known.shipped = true;
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

    /// The same with a version as it was published, which is what its papers follow even when its file is gone.
    ///
    /// # Errors
    /// [`LoadError::Changed`] when the file says something else by now; [`LoadError::Refused`] when this program no
    /// longer takes the text.
    pub fn with_published(mut self, id: &str, version: u32, text: &str) -> Result<Self, LoadError> {
        let known = self.found.get(&(id.to_owned(), version)).cloned();
        match known {
            None => self.add(&format!("{id}.v{version}"), text)?,
            Some(known) if *known.source == *text => {}
            Some(known) => {
                let published = read(text).map(|source| source.definition);
                if published.is_ok_and(|published| published != *known.definition) {
                    let id = id.to_owned();
                    return Err(LoadError::Changed { id, version });
                }
            }
        }
        Ok(self)
    }

    /// The text of a version.
    pub fn source(&self, id: &str, version: u32) -> Option<&str> {
        let known = self.found.get(&(id.to_owned(), version))?;
        Some(&known.source)
    }

    /// True for a version that came with the program.
    pub fn is_shipped(&self, id: &str, version: u32) -> bool {
        let known = self.found.get(&(id.to_owned(), version));
        known.is_some_and(|known| known.shipped)
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
        let known = Known {
            definition: Arc::new(definition),
            source: text.into(),
            shipped: false,
        };
        self.found.insert(key, known);
        Ok(())
    }

    /// This version of this definition.
    pub fn get(&self, id: &str, version: u32) -> Option<Arc<Definition>> {
        Some(Arc::clone(&self.found.get(&(id.to_owned(), version))?.definition))
    }

    /// The newest version of this definition.
    pub fn latest(&self, id: &str) -> Option<Arc<Definition>> {
        let versions = self.all().filter(|definition| definition.id == id);
        versions.max_by_key(|definition| definition.version).cloned()
    }

    /// The newest version of the definition that carries this document type (the first by name, if there are more).
    pub fn for_document_type(&self, document_type: &str) -> Option<Arc<Definition>> {
        let carrier = self.all().find(|d| d.document_type == document_type)?;
        self.latest(&carrier.id)
    }

    /// All of them, by name and version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.found.values().map(|known| &known.definition)
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
    fn every_example_may_be_published() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let registry = Registry::default().with_folder(&folder).unwrap();
        assert!(registry.all().count() >= 5);
        assert!(registry.all().all(|definition| definition.form.is_some()));
    }

    #[test]
    fn a_published_text_outlives_its_file_and_is_never_replaced() {
        let (_, text) = SHIPPED[0];
        let without = Registry::default().with_published("annual-plan", 1, text).unwrap();
        assert_eq!(without.source("annual-plan", 1), Some(text));
        let remarked = format!("# a remark\n{text}");
        assert!(
            Registry::shipped()
                .unwrap()
                .with_published("annual-plan", 1, &remarked)
                .is_ok()
        );
        let other = text.replace("limit = 5", "limit = 4");
        let changed = Registry::shipped().unwrap().with_published("annual-plan", 1, &other);
        assert!(
            matches!(changed, Err(LoadError::Changed { version: 1, .. })),
            "{changed:?}"
        );
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
