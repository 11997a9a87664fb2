//! Definition and reminder files in, core values out.

pub mod reminders;
