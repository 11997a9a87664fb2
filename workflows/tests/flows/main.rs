//! The shipped definitions, played: every move, every command in every state, and random sequences.

mod cast;
mod mistakes;
mod moves;
mod properties;
mod rules;
mod table;
