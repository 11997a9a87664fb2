//! How much a bar proves: a small count in every run, the full one when asked with `DUBAN_PROOF=full`.

/// `full` when the environment asks for full counts, else `small`.
pub fn count(small: usize, full: usize) -> usize {
    if std::env::var("DUBAN_PROOF").is_ok_and(|wanted| wanted == "full") {
        full
    } else {
        small
    }
}

/// The same numbers below a bound on every machine (a linear congruence).
pub struct Chance(u64);

impl Chance {
    /// Begins a row of numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
