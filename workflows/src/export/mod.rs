//! Definitions and histories for other tools, one file for each format.

pub mod bpmn;
pub mod pnml;
pub mod xes;
mod xml;

use crate::diagram::{self, Words};
use duban_core::workflow::Definition;
use duban_core::workflow::compile::compile;

/// A format in which a definition can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The net that histories conform to.
    Pnml,
    /// For modelling tools.
    Bpmn,
    /// Text that many documentation tools draw.
    Mermaid,
    /// A picture.
    Svg,
    /// The definition as the engine understands it.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pnml, Self::Bpmn, Self::Mermaid, Self::Svg, Self::Json];

    /// The stable code, which is also the extension of a file in this format.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pnml => "pnml",
            Self::Bpmn => "bpmn",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
            Self::Json => "json",
        }
    }

    /// The format with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// The media type of a file in this format.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pnml | Self::Bpmn => "application/xml; charset=utf-8",
            Self::Mermaid => "text/plain; charset=utf-8",
            Self::Svg => "image/svg+xml; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// The definition in this format.
pub fn definition(def: &Definition, format: Format, words: &Words) -> String {
    match format {
        Format::Pnml => pnml::pnml(&compile(def).net, &format!("{}.v{}", def.id, def.version)),
        Format::Bpmn => bpmn::bpmn(def, words),
        Format::Mermaid => diagram::mermaid(def, words),
        Format::Svg => diagram::svg(def, "workflow", words),
        // A definition is plain data: writing it cannot fail.
        Format::Json => serde_json::to_string_pretty(def).unwrap_or_default(),
    }
}
