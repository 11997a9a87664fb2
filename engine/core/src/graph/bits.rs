//! A set of places as bits.

/// A set of small numbers below a fixed size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// An empty set for numbers below `size`.
    pub(super) fn new(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(64)],
        }
    }

    /// Puts `place` in; true when it was not there.
    pub(super) fn insert(&mut self, place: usize) -> bool {
        let Some(word) = self.words.get_mut(place / 64) else {
            return false;
        };
        let bit = 1_u64 << (place % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Puts everything in that is in `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// How many are in it.
    pub(super) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many are in it and not in `other`.
    pub(super) fn count_without(&self, other: &Self) -> usize {
        let words = self.words.iter().zip(&other.words);
        words.map(|(word, not)| (word & !not).count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_once() {
        let mut bits = Bits::new(70);
        assert!(bits.insert(69) && bits.insert(0) && !bits.insert(69));
        assert!(!bits.insert(700), "outside of the set");
        let mut other = Bits::new(70);
        other.insert(0);
        assert_eq!((bits.len(), bits.count_without(&other)), (2, 1));
        other.extend(&bits);
        assert_eq!(other.len(), 2);
        assert!(other.insert(1) && !other.insert(69));
    }
}
