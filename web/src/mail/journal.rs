//! Notes of a sender: what the relay took and what is not on record yet.
//!
//! Between the relay's answer and the commit lies a queue of transactions; a process that is killed there would send
//! the mail again. So the answer is noted in a file of this machine at once, which takes one call of the system and
//! outlives the process, and whoever starts next puts it on record before sending anything. A power cut may take the
//! last notes along: then those mails are sent again, with the same Message-ID.

use duban_service::outbox::Delivered;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// How many processes may keep notes in one folder.
const PROCESSES: usize = 16;

/// The notes of this process; no other one touches them while it lives.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// The first file of the folder that no living process holds, with the notes that a dead one left in it.
    ///
    /// # Errors
    /// When no file can be made, or too many processes share the folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        for number in 1..=PROCESSES {
            let path = folder.join(format!("sending-{number}.journal"));
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true);
            // A note holds an address and titles.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path)?;
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other("too many processes keep notes here"))
    }

    /// A note as [`Journal::note`] takes it, made before the mail is sent so that nothing is left to do afterwards.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn line(delivered: &Delivered) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(delivered)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Keeps a note.
    ///
    /// # Errors
    /// When the file cannot be written, as on a full disk.
    pub fn note(&self, line: &[u8]) -> io::Result<()> {
        (&self.file).write_all(line)
    }

    /// All notes, the oldest first. A note that was cut off half-way is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn notes(&self) -> io::Result<Vec<Delivered>> {
        let mut text = Vec::new();
        (&self.file).rewind()?;
        (&self.file).read_to_end(&mut text)?;
        let lines = text.split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Throws the notes away: everything is on record.
    ///
    /// # Errors
    /// When the file cannot be changed.
    pub fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_outlive_the_process_and_half_a_note_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let held = r#"{"mail":7,"token":"67e55044-10b1-426f-9247-bb680e5fe0c8","person":3}"#;
        let text =
            format!(r#"{{"held":{held},"address":"a@b.example","told":["k"],"deadlines":{{"open":[],"done":[]}}}}"#);
        let delivered: Delivered = serde_json::from_str(&text).unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let line = Journal::line(&delivered).unwrap();
        journal.note(&line).unwrap();
        journal.note(&line[..line.len() / 2]).unwrap();
        // While it lives, another process keeps notes of its own.
        let other = Journal::open(folder.path()).unwrap();
        assert!(other.notes().unwrap().is_empty());
        drop(journal);
        let next = Journal::open(folder.path()).unwrap();
        assert_eq!(next.notes().unwrap(), [delivered]);
        next.clear().unwrap();
        assert!(next.notes().unwrap().is_empty());
    }
}
