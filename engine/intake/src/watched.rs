//! A file under the eyes of a parser that is not ours: once it has asked too often beyond the end, or its time is over,
//! every further read is an error. A loop that no answer ends is ended by that.

use std::io::{Cursor, Error, Read, Result, Seek, SeekFrom};
use std::time::Instant;

/// How often a parser may ask beyond the end. A sound file is asked a few times for each of its objects.
const BEYOND: u32 = 100_000;

/// The bytes of a file.
pub(crate) struct Watched {
    bytes: Cursor<Vec<u8>>,
    beyond: u32,
    until: Instant,
}

impl Watched {
    /// The file, to be read until then.
    pub(crate) fn new(bytes: Vec<u8>, until: Instant) -> Self {
        Self {
            bytes: Cursor::new(bytes),
            beyond: 0,
            until,
        }
    }
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.beyond > BEYOND || Instant::now() > self.until {
            return Err(Error::other("no end in sight"));
        }
        let read = self.bytes.read(into)?;
        if read == 0 && !into.is_empty() {
            self.beyond += 1;
        }
        Ok(read)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}
