//! Whole years, played in a real browser by the people of the demo district, on the real notice.

mod definitions;
mod notice;
mod play;
mod rectification;
mod year;
