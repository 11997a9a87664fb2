//! Base and demo data, loaded through the service, repeatable.
//!
//! [`base`]: units, rosters and the working-day calendar, for every installation that wants them. [`demo`]: people of an
//! invented district, [`papers`]: what they have written and decided; refuses an installation in which somebody works.

pub mod base;
pub mod demo;
mod filling;
mod findings;
pub mod papers;

use duban_service::Error;

/// A seed file that cannot be read. Only a developer sees it: the files are compiled in.
pub(crate) fn read<T: serde::de::DeserializeOwned>(name: &str, source: &str) -> Result<T, Error> {
    toml::from_str(source).map_err(|e| Error::Internal(format!("seed file {name}: {e}")))
}
