//! Any XML as the body of a document, up to the first NUL; what follows is its numbering.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let (body, numbering) = bytes.split_at(at);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in [("word/document.xml", body), ("word/numbering.xml", numbering)] {
        zip.start_file(name, stored).expect("a part");
        zip.write_all(part).expect("its bytes");
    }
    let file = zip.finish().expect("an archive").into_inner();
    let _ = duban_intake::text(&file);
});
