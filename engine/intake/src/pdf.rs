//! PDF with a text layer. The parser of others runs on a thread of its own, under a time limit, and may fail.

use std::io::Cursor;
use std::sync::mpsc;
use std::time::Duration;

use oxidize_pdf::parser::{PdfDocument, PdfReader};

use crate::Fault;

const KIND: &str = "PDF";
/// Longest time for one file.
const TIME: Duration = Duration::from_secs(20);
/// Most pages that are read.
const PAGES: u32 = 600;

pub(crate) fn text(bytes: &[u8]) -> Result<String, Fault> {
    let owned = bytes.to_vec();
    let (tell, told) = mpsc::channel();
    let work = move || {
        // A panic ends this thread alone and drops the sender: no answer comes.
        let _ = tell.send(pages(owned));
    };
    std::thread::Builder::new()
        .name("pdf".to_owned())
        .stack_size(16 << 20)
        .spawn(work)
        .map_err(|_| Fault::Broken(KIND))?;
    match told.recv_timeout(TIME) {
        Ok(answer) => answer,
        Err(_) => Err(Fault::Broken(KIND)),
    }
}

fn pages(bytes: Vec<u8>) -> Result<String, Fault> {
    let reader = PdfReader::new(Cursor::new(bytes)).map_err(|_| Fault::Broken(KIND))?;
    let document = PdfDocument::new(reader);
    let count = document.page_count().map_err(|_| Fault::Broken(KIND))?;
    if count > PAGES {
        return Err(Fault::TooLarge(8));
    }
    let mut out = String::new();
    for page in 0..count {
        let words = document.extract_text_from_page(page).map_err(|_| Fault::Broken(KIND))?;
        out.push_str(words.text.trim_end());
        out.push('\n');
    }
    let letters = out.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < 20 * count.max(1) as usize / 4 {
        return Err(Fault::Scanned);
    }
    Ok(out)
}
