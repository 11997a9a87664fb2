//! A notice as a file: what counts as plain text, shared by the page and the command line.

/// Largest notice in bytes. The longest plans of a province are well below a tenth of it.
pub const LIMIT: u64 = 2_000_000;

/// Why a file cannot be read as a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// Nothing in it.
    Empty,
    /// More than [`LIMIT`].
    TooLarge,
    /// A known kind of file that is no plain text, by its common name.
    Kind(&'static str),
    /// Neither a known kind nor UTF-8.
    NotUtf8,
}

impl FileFault {
    /// The code of the reason, as in `notice.file.<code>`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::Kind(_) => "kind",
            Self::NotUtf8 => "not_utf8",
        }
    }
}

/// First bytes of kinds of files that people upload by mistake.
const KINDS: [(&[u8], &str); 9] = [
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "DOCX/XLSX/ZIP"),
    (b"\xd0\xcf\x11\xe0", "DOC/XLS"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
];

/// The text of a file.
///
/// # Errors
/// [`FileFault`] when it is empty, too large, or no text in UTF-8. A text in UTF-16 has NUL bytes and counts as none.
pub fn text(bytes: &[u8]) -> Result<String, FileFault> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LIMIT {
        return Err(FileFault::TooLarge);
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FileFault::Kind(kind));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileFault::NotUtf8)?;
    if text.contains('\0') {
        return Err(FileFault::NotUtf8);
    }
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(FileFault::Empty);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utf8_text_is_text() {
        assert_eq!(text(b"  \n"), Err(FileFault::Empty));
        assert_eq!(text(b"%PDF-1.7"), Err(FileFault::Kind("PDF")));
        assert_eq!(text(b"PK\x03\x04rest"), Err(FileFault::Kind("DOCX/XLSX/ZIP")));
        assert_eq!(text(&[0xb9, 0xd8, 0xd3, 0xda]), Err(FileFault::NotUtf8));
        assert_eq!(text(b"a\0b\0"), Err(FileFault::NotUtf8));
        assert_eq!(text(&vec![b'a'; 2_000_001]), Err(FileFault::TooLarge));
        assert_eq!(text("一、".as_bytes()), Ok("一、".to_owned()));
    }
}
