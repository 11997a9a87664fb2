//! Any bytes behind the signature of a PDF. The parser is not ours and runs on a thread of its own that may panic: what
//! counts here is that an answer comes, in time, and that the process lives.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| {
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend_from_slice(bytes.strip_prefix(b"%PDF-1.7\n").unwrap_or(bytes));
    let _ = duban_intake::text(&file);
});
