//! Any bytes as a page or as plain text in any encoding, and what comes out of them through the reader.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = duban_intake::text(bytes) {
        let _ = duban_core::notice::read(&duban_core::notice::lines(&text));
    }
});
