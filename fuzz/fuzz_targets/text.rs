//! Any text through the reader of notices.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _ = duban_core::notice::read(&duban_core::notice::lines(&text));
});
