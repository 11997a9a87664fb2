//! Documents that are ZIP archives: which kind it is, and its parts under a limit on what they unpack to.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::{Fault, docx, xlsx};

/// Most bytes that the parts of one document may unpack to.
const UNPACKED: u64 = 40_000_000;
/// Most parts of one document.
const PARTS: usize = 4_000;

/// An archive whose parts are taken out under one limit.
pub(crate) struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl Parts<'_> {
    /// A part by its path; none if there is no such part.
    pub(crate) fn take(&mut self, path: &str, kind: &'static str) -> Result<Option<Vec<u8>>, Fault> {
        let Ok(part) = self.archive.by_name(path) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let limit = self.left;
        part.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| Fault::Broken(kind))?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = limit.checked_sub(size).ok_or(Fault::TooLarge(UNPACKED / 1_000_000))?;
        Ok(Some(bytes))
    }
}

/// The text of a document in a ZIP archive.
pub(crate) fn text(bytes: &[u8]) -> Result<String, Fault> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::Broken("DOCX/XLSX"))?;
    if archive.len() > PARTS {
        return Err(Fault::TooLarge(UNPACKED / 1_000_000));
    }
    let has = |path: &str| archive.index_for_name(path).is_some();
    if has("word/document.xml") {
        return docx::text(Parts {
            archive,
            left: UNPACKED,
        });
    }
    if has("xl/workbook.xml") {
        // The reader of workbooks unpacks by itself: everything is measured before.
        let names: Vec<String> = archive.file_names().flatten().map(|n| n.into_owned()).collect();
        let mut parts = Parts {
            archive,
            left: UNPACKED,
        };
        for name in names {
            parts.take(&name, "XLSX")?;
        }
        return xlsx::text(bytes);
    }
    Err(Fault::Kind("ZIP"))
}
