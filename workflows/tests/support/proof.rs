//! How much a proof tries: little enough for every change, or all of it with `DUBAN_PROOF=full`.

/// True when all of it was asked for.
pub fn is_full() -> bool {
    std::env::var("DUBAN_PROOF").is_ok_and(|asked| asked == "full")
}

/// `usual`, or `full` when all of it was asked for.
pub fn count(usual: usize, full: usize) -> usize {
    if is_full() { full } else { usual }
}
