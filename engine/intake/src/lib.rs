//! A notice as a file: plain text out of text, HTML, DOCX, XLSX and PDF, one paragraph or one row of a table a line.
//!
//! Nothing here knows what a notice says; that is the reader's work in the core. Every format has limits on its size and
//! on what it unpacks to, and a damaged file is a [`Fault`], never a panic.

mod docx;
mod encoding;
mod fonts;
mod grid;
mod html;
mod numbering;
mod pdf;
mod ruled;
mod unzip;
mod watched;
mod xlsx;

/// Largest text in bytes. The longest plans of a province are well below a tenth of it.
pub const LIMIT: u64 = 2_000_000;
/// Largest file in bytes: documents carry pictures and fonts beside their text.
pub const FILE_LIMIT: u64 = 8_000_000;

/// Why a file cannot be read as a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing in it.
    Empty,
    /// More than so many megabytes of text, of file, or of what the file unpacks to.
    TooLarge(u64),
    /// A known kind of file that is not read, by its common name.
    Kind(&'static str),
    /// A PDF of pictures without a text layer.
    Scanned,
    /// A document of a kind that is read, but damaged or locked, by its common name.
    Broken(&'static str),
    /// Neither a known kind nor text in UTF-8, UTF-16 or GB 18030.
    NotText,
}

impl Fault {
    /// The code of the reason, as in `notice_file_<code>`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge(_) => "too_large",
            Self::Kind(_) => "kind",
            Self::Scanned => "scanned",
            Self::Broken(_) => "broken",
            Self::NotText => "not_text",
        }
    }
}

/// First bytes of kinds of files that are not read.
const KINDS: [(&[u8], &str); 7] = [
    (b"\xd0\xcf\x11\xe0", "DOC/WPS/XLS"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
];

/// True for a PDF: the one kind whose parser is not of our making, to be kept at arm's length by a server.
#[must_use]
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// The text of a file of any kind that is read; the kind is told from its content.
///
/// # Errors
/// [`Fault`] when it is empty, too large, of another kind, damaged, or no text.
pub fn text(bytes: &[u8]) -> Result<String, Fault> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > FILE_LIMIT {
        return Err(Fault::TooLarge(FILE_LIMIT / 1_000_000));
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Fault::Kind(kind));
    }
    let text = if is_pdf(bytes) {
        pdf::text(bytes)?
    } else if bytes.starts_with(b"PK\x03\x04") {
        unzip::text(bytes)?
    } else {
        plain(bytes)?
    };
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LIMIT {
        return Err(Fault::TooLarge(LIMIT / 1_000_000));
    }
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(Fault::Empty);
    }
    Ok(text)
}

/// Text as it is, or what a page in HTML shows.
fn plain(bytes: &[u8]) -> Result<String, Fault> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LIMIT {
        return Err(Fault::TooLarge(LIMIT / 1_000_000));
    }
    let text = encoding::decode(bytes).ok_or(Fault::NotText)?;
    Ok(if html::is(&text) {
        html::text(&text)
    } else {
        text.into_owned()
    })
}

#[cfg(test)]
mod tests;
